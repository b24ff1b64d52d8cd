import { sleep, within } from "../../../time/clock.js";
import type { KafkaMember, MakeMember, MemberListener } from "../client/client.js";

export const sessionTimeoutMs = 6_000;
export const heartbeatMs = 500;
const checkMs = 500;
const rejoinDelayMs = 500;
/** A client silent for this long has died without saying so. */
const abandonAfterMs = 5 * sessionTimeoutMs;

export interface MembershipOptions {
  readonly topic: string;
  readonly makeMember: MakeMember;
  /** The partitions held now, to be kept when the group is joined again. */
  readonly held: () => readonly number[];
  readonly assigned: (partitions: readonly number[]) => void;
  /** Called when it becomes doubtful, or certain again, that the partitions are still ours. */
  readonly doubtful: (doubtful: boolean) => void;
  /** Whether a handler's call has taken so long that another member should take over. */
  readonly stuck: () => boolean;
  readonly notice: (error: unknown) => void;
  readonly now: () => number;
}

/**
 * Keeps this process a member of a topic's group. The client's consumer only joins, sends
 * heartbeats and leaves; a new one replaces it when it has crashed, fallen silent, or had to leave.
 *
 * The client sends heartbeats whatever the handler does (tulios/kafkajs#1616), so a member whose
 * handler is stuck leaves the group here, and rejoins when the handler returns.
 */
export class GroupMembership {
  readonly #options: MembershipOptions;
  readonly #stopping = new AbortController();
  #member: KafkaMember | undefined;
  #generation = -1;
  #beatAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Leaves the group, so that other members take over at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Commits positions for lag monitoring only; the position to resume from is in the ledger. */
  async commit(positions: readonly (readonly [number, number])[]): Promise<void> {
    await this.#member?.commit(positions).catch(this.#options.notice);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#live();
      this.#options.doubtful(true);
      while (!signal.aborted && this.#options.stuck()) await this.#pause(checkMs);
      await this.#pause(rejoinDelayMs);
    }
  }

  /** Runs one membership from start to end. */
  async #live(): Promise<void> {
    const { makeMember, topic, held, notice } = this.#options;
    let ended = false;
    const listener: MemberListener = {
      assigned: (partitions) => {
        if (ended) return;
        this.#beat();
        this.#options.assigned(partitions);
      },
      beat: (generation) => {
        if (ended) return;
        this.#generation = generation;
        this.#beat();
      },
      ended: (error) => {
        ended = true;
        notice(error);
      },
    };
    const claim = () => ({ generation: this.#generation, partitions: held() });
    const member = makeMember(topic, claim, listener);
    this.#member = member;
    const joinedAt = this.#options.now();
    const joining = member.join().catch((error: unknown) => listener.ended(error));
    while (!ended && !this.#stopping.signal.aborted && !this.#options.stuck()) {
      await this.#pause(checkMs);
      const silentMs = this.#options.now() - Math.max(this.#beatAt, joinedAt);
      if (silentMs > sessionTimeoutMs) this.#options.doubtful(true);
      if (silentMs > abandonAfterMs) break;
    }
    ended = true;
    this.#member = undefined;
    // A consumer told to leave while it joins would stay in the group, unknown to us.
    const leaving = joining.then(() => member.leave()).catch(notice);
    await within(abandonAfterMs, leaving);
  }

  #beat(): void {
    this.#beatAt = this.#options.now();
    this.#options.doubtful(false);
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, this.#stopping.signal);
  }
}
