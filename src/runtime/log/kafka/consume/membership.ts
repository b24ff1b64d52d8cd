import { sleep, within } from "../../../time/clock.js";
import type { KafkaMember, MakeMember, MemberListener } from "../client/client.js";

export const sessionTimeoutMs = 6_000;
export const heartbeatMs = 500;
const checkMs = 500;
const rejoinDelayMs = 500;
/** A client that has not been heard of for so long has died without a word. */
const abandonAfterMs = 5 * sessionTimeoutMs;

export interface MembershipOptions {
  readonly topic: string;
  readonly makeMember: MakeMember;
  /** What is held, to be kept when the group is joined anew. */
  readonly held: () => readonly number[];
  readonly assigned: (partitions: readonly number[]) => void;
  /** Whether the membership is in doubt, so that others may be at work on the partitions. */
  readonly doubtful: (doubtful: boolean) => void;
  /** Whether a call to the handler takes so long that others should have a try. */
  readonly stuck: () => boolean;
  readonly notice: (error: unknown) => void;
  readonly now: () => number;
}

/**
 * Keeps this process a member of a topic's group: makes the client's consumer, which only joins,
 * beats and leaves, and makes a new one when it has crashed, fallen silent, or had to leave.
 *
 * The client beats its heart whatever the handler does (tulios/kafkajs#1616), so a member whose
 * handler is stuck leaves here by itself, and comes back when the handler does.
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

  /** Leaves the group, so that the others take over at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** A hint for those who watch the group's lag; where to go on is in the ledger. */
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

  /** One membership from its beginning to its end. */
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
    // Left while it is still joining, the client's consumer would go on as a member unknown to us.
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
