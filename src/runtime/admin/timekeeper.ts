import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";
import type { ElectionAdmin } from "./election-admin.js";

/** What a timekeeper does to elections. */
export interface TimekeeperAdmin extends Pick<ElectionAdmin, "list" | "open"> {
  /**
   * Closes the election if it is still as it was read, once nothing is acknowledged any more.
   * @param seenAt when its end was first seen, in milliseconds since the epoch
   */
  finishClose(
    election: Election,
    by: string,
    signal: AbortSignal,
    seenAt: number,
  ): Promise<Election>;
}

interface TimekeeperOptions {
  readonly admin: TimekeeperAdmin;
  /** With a wrong clock it does nothing, and says so. */
  readonly clocks: Pick<ClockCheck, "requireRight">;
  /** Default: the machine's. */
  readonly clock?: Clock;
  readonly onDone: (what: "opened" | "closed", election: string) => void;
  /** Called with each failure; the change is tried again. */
  readonly onTrouble: (election: string | undefined, error: unknown) => void;
  /** How often the registry is looked at when nothing is due. Default 1,000. */
  readonly everyMs?: number;
}

export interface RunningTimekeeper {
  stop(): Promise<void>;
}

/** A process that closed an election and died may have left the log without its close markers. */
const closeAgainMs = 10_000;
/** Each look at one that is closed doubles the time until the next, up to this. */
const maxCloseAgainMs = 3_600_000;
const scheduled = "schedule";

/**
 * Opens and closes elections at their times, side by side. Any number of timekeepers may run: each
 * change is one insert into the election's trail, on the revision that was read, so only one of
 * them can make it, and none of them if somebody has changed the schedule meanwhile. They also
 * finish a close that another process began.
 */
export function startTimekeeper(options: TimekeeperOptions): RunningTimekeeper {
  const { everyMs = 1_000, clock = systemClock, onTrouble } = options;
  const rounds = new Rounds(options, clock);
  let cancel = () => {};
  let stopped = false;
  let underWay = Promise.resolve();
  const turn = async () => {
    const nextAt = await rounds.make().catch((error: unknown) => {
      onTrouble(undefined, error);
      return Number.POSITIVE_INFINITY;
    });
    if (stopped) return;
    const waitMs = Math.min(everyMs, Math.max(1, nextAt - clock.wallClock()));
    // A change that is due some day must not keep an idle process alive.
    cancel = clock.after(waitMs, begin, true);
  };
  const begin = () => {
    underWay = turn();
  };
  begin();
  return {
    async stop() {
      stopped = true;
      cancel();
      await underWay;
      await rounds.stop();
    },
  };
}

class Rounds {
  readonly #options: TimekeeperOptions;
  readonly #clock: Clock;
  /** By closed election: how often it was looked at, and when it is the next time. */
  readonly #again = new Map<string, { readonly looks: number; readonly at: number }>();
  /** By open election: its end, and when it was first seen. */
  readonly #ends = new Map<string, { readonly closesAt: number; readonly seenAt: number }>();
  /** By election: what is being carried out. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: TimekeeperOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** @returns when the next election is due, in milliseconds since the epoch */
  async make(): Promise<number> {
    const { admin, clocks } = this.#options;
    let nextAt = Number.POSITIVE_INFINITY;
    const elections = await admin.list();
    clocks.requireRight();
    for (const election of elections) {
      const { id } = election;
      this.#see(election);
      const dueAt = dueAtOf(election) ?? this.#againAt(election);
      if (dueAt === undefined || this.#underWay.has(id)) continue;
      if (dueAt > this.#clock.wallClock()) {
        nextAt = Math.min(nextAt, dueAt);
        continue;
      }
      const work = this.#carryOut(election).finally(() => this.#underWay.delete(id));
      this.#underWay.set(id, work);
    }
    return nextAt;
  }

  /** Ends what only waits, and waits for the rest. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#underWay.values());
  }

  #see({ id, status, closesAt }: Election): void {
    if (status !== "open" || closesAt === undefined) this.#ends.delete(id);
    else if (this.#ends.get(id)?.closesAt !== closesAt)
      this.#ends.set(id, { closesAt, seenAt: this.#clock.wallClock() });
  }

  #againAt({ id, status, closedAt = 0 }: Election): number | undefined {
    if (status === "closed") return this.#again.get(id)?.at ?? closedAt + closeAgainMs;
    this.#again.delete(id);
    return undefined;
  }

  async #carryOut(election: Election): Promise<void> {
    const { admin, onDone, onTrouble } = this.#options;
    const { id, status, revision } = election;
    try {
      if (status === "draft") {
        await admin.open(id, scheduled, revision);
        onDone("opened", id);
        return;
      }
      if (status === "closed") this.#lookLater(id);
      const { seenAt = this.#clock.wallClock() } = this.#ends.get(id) ?? {};
      await admin.finishClose(election, scheduled, this.#stopping.signal, seenAt);
      if (status === "open") onDone("closed", id);
    } catch (error) {
      // Another timekeeper was faster, or somebody changed the schedule, as intended.
      const expected = error instanceof VoteError && harmless.includes(error.code);
      if (!expected) onTrouble(id, error);
    }
  }

  #lookLater(id: string): void {
    const looks = (this.#again.get(id)?.looks ?? 0) + 1;
    const waitMs = Math.min(maxCloseAgainMs, closeAgainMs * 2 ** looks);
    this.#again.set(id, { looks, at: this.#clock.wallClock() + waitMs });
  }
}

const harmless: readonly string[] = ["election-changed", "invalid-transition", "interrupted"];

function dueAtOf({ status, opensAt, closesAt }: Election): number | undefined {
  if (status === "draft") return opensAt;
  return status === "open" ? closesAt : undefined;
}
