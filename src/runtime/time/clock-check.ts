import { VoteError } from "../core/errors.js";

/** What a store's answer says of its clock. All in milliseconds since the epoch. */
export interface StoreTime {
  /** By our own clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** The store's clock stood at `from` or later, and before `to`. */
  readonly from: number;
  readonly to: number;
}

/** What is known of our clock: the least and the most that it may be ahead of the store's. */
interface Ahead {
  readonly leastMs: number;
  readonly mostMs: number;
}

const anything: Ahead = { leastMs: Number.NEGATIVE_INFINITY, mostMs: Number.POSITIVE_INFINITY };
/** What was learned counts for one to two of these: clocks drift, and are set. */
const windowMs = 30_000;

/**
 * Compares this process's clock with the one that all processes share: that of the store which
 * every change and every ballot has to ask anyway. Each answer narrows down how far ahead or behind
 * we are; a clock counts as wrong only when it is proven.
 */
export class ClockCheck {
  /** How far apart the clocks of two processes may be. */
  readonly toleranceMs: number;
  #windowEndsAt = Number.NEGATIVE_INFINITY;
  #before = anything;
  #now = anything;
  #errorMs: number | null = null;

  constructor(toleranceMs: number) {
    this.toleranceMs = toleranceMs;
  }

  learn({ askedAt, answeredAt, from, to }: StoreTime): void {
    const heard = { leastMs: askedAt - to, mostMs: answeredAt - from };
    // A clock that was set back ends its window, too.
    if (answeredAt >= this.#windowEndsAt || answeredAt < this.#windowEndsAt - windowMs) {
      this.#before = this.#now;
      this.#now = anything;
      this.#windowEndsAt = answeredAt + windowMs;
    }
    this.#now = both(this.#now, heard) ?? heard;
    // A clock that was set: what was known before is of no use.
    if (both(this.#before, this.#now) === undefined) this.#before = anything;
    const { leastMs, mostMs } = both(this.#before, this.#now) ?? this.#now;
    this.#errorMs = Math.max(leastMs, 0) + Math.min(mostMs, 0);
  }

  /**
   * The least that our clock must be wrong by, in milliseconds: ahead if positive, behind if
   * negative; null while there is nothing to compare it with.
   */
  get errorMs(): number | null {
    return this.#errorMs;
  }

  /** Whether our clock is not proven to be wrong by more than half the tolerance. */
  get isRight(): boolean {
    return this.#errorMs === null || Math.abs(this.#errorMs) <= this.toleranceMs / 2;
  }

  /** @throws VoteError `clock-error` if our clock is wrong */
  requireRight(): void {
    if (this.isRight) return;
    const errorMs = this.#errorMs ?? 0;
    const seconds = (Math.floor(Math.abs(errorMs) / 100) / 10).toFixed(1);
    const way = errorMs > 0 ? "ahead of" : "behind";
    throw new VoteError(
      "clock-error",
      `This machine's clock is at least ${seconds} s ${way} the registry's.`,
      { hint: "Let NTP set it. Until then, this process takes no ballots and changes nothing." },
    );
  }
}

/** @returns undefined if they contradict each other */
function both(one: Ahead, other: Ahead): Ahead | undefined {
  const leastMs = Math.max(one.leastMs, other.leastMs);
  const mostMs = Math.min(one.mostMs, other.mostMs);
  return leastMs <= mostMs ? { leastMs, mostMs } : undefined;
}
