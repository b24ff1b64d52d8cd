import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { backoffMs } from "../time/backoff.js";
import { type Chance, systemChance } from "../time/chance.js";
import type { Clock } from "../time/clock.js";

/** A partition that damage keeps from going on. */
export interface Halt {
  readonly election: string;
  readonly partition: number;
  /** Up to where the log is decided. */
  readonly position: number;
  /** It was met in the chain, not in the log. */
  readonly loading: boolean;
  readonly error: VoteError;
}

interface Failure extends Omit<Halt, "error"> {
  /** The election's, as it was read before the failure. */
  readonly revision: number | undefined;
}

/** Damage does not go away by itself: without a change of the election, one look now and then. */
const lookAgainMs = 600_000;
const troubleBackoff = { firstMs: 500, maxMs: 10_000 } as const;

/**
 * Says when a partition that has failed is tried again. What a store or the log could not do just
 * now may soon go through. Damage stays until somebody acts: the partition is halted, and looked
 * at again once its election has changed (a voided record is such a change), or seldom.
 */
export class Halts {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #chance: Chance;
  readonly #halts = new Map<string, Halt>();
  readonly #failures = new Map<string, number>();
  readonly #revisions = new Map<string, number>();
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Pick<Clock, "sleep">, chance = systemChance) {
    this.#clock = clock;
    this.#chance = chance;
  }

  get all(): readonly Halt[] {
    return [...this.#halts.values()];
  }

  /** Takes note of what the registry says: a halted partition of a changed election gets a look. */
  seen(elections: readonly Pick<Election, "id" | "revision">[]): void {
    for (const { id, revision } of elections) {
      if (this.#revisions.get(id) === revision) continue;
      this.#revisions.set(id, revision);
      for (const look of this.#waiting.get(id) ?? []) look();
    }
  }

  /**
   * The partition's chain has been read, and decides the log up to a position: damage that was met
   * in the chain is no more, and another tally has passed what stood before that position.
   */
  loaded(election: string, partition: number, position: number): void {
    const halt = this.#halts.get(keyOf(election, partition));
    if (halt?.loading || (halt?.position ?? position) < position) this.over(election, partition);
  }

  /** The partition goes on, or is no longer this process's. */
  over(election: string, partition: number): void {
    const key = keyOf(election, partition);
    this.#halts.delete(key);
    this.#failures.delete(key);
  }

  /** Resolves when the partition is to be tried again, or when it is to be let go. */
  async pause(failure: Failure, error: unknown, letGo: AbortSignal): Promise<void> {
    const { election, partition, position, loading, revision } = failure;
    const key = keyOf(election, partition);
    if (isDamage(error)) {
      this.#halts.set(key, { election, partition, position, loading, error });
      const seen = this.#revisions.get(election) ?? revision;
      if (seen === undefined || seen === revision) await this.#untilChanged(election, letGo);
      return;
    }
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const pauseMs = backoffMs(failures, troubleBackoff, this.#chance.random);
    await this.#clock.sleep(pauseMs, letGo);
  }

  async #untilChanged(election: string, letGo: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const look = () => changed.abort();
    const waiting = this.#waiting.get(election) ?? new Set();
    this.#waiting.set(election, waiting.add(look));
    await this.#clock.sleep(lookAgainMs, AbortSignal.any([changed.signal, letGo]));
    waiting.delete(look);
  }
}

/** Whether something stored is not what was written: it does not go away by itself. */
export function isDamage(error: unknown): error is VoteError {
  return error instanceof VoteError && error.exitCode === 3;
}

/**
 * The reason why a tally with halted partitions is not ready.
 *
 * @throws VoteError `partition-halted`, if any is
 */
export function requireNoHalt(halts: readonly Halt[]): void {
  if (halts.length === 0) return;
  const [{ election, partition, position, error }] = halts;
  const others = halts.length === 1 ? "" : ` ${halts.length - 1} more are halted.`;
  throw new VoteError(
    "partition-halted",
    `Election ${election}, partition ${partition} is decided up to position ${position} and ` +
      `halted: ${error.publicMessage}.${others}`,
    { hint: error.hint ?? whatToDo(halts[0]) },
  );
}

function whatToDo({ election, partition, position, error }: Halt): string {
  const look = "`vote recount --from log` lists what is damaged";
  if (error.code !== "corrupt-frame") return `Keep the evidence; ${look}.`;
  const place = `${election} --partition ${partition} --position ${position}`;
  return `${look}; \`vote election void ${place} --reason TEXT\` passes over that record alone.`;
}

const keyOf = (election: string, partition: number) => `${election}/${partition}`;
