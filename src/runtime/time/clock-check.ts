import { VoteError } from "../core/errors.js";
import { type Clock, systemClock } from "./clock.js";

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
  readonly #clock: Pick<Clock, "now" | "wallClock">;
  /** The wall clock less the monotonic one. */
  #offsetMs: number;

  /** @param clock which is checked; default: the machine's */
  constructor(toleranceMs: number, clock: Pick<Clock, "now" | "wallClock"> = systemClock) {
    this.toleranceMs = toleranceMs;
    this.#clock = clock;
    this.#offsetMs = clock.wallClock() - clock.now();
  }

  /** A clock that was set is wrong by so much more, or less, as the monotonic clock tells. */
  #followClock(): void {
    const offsetMs = this.#clock.wallClock() - this.#clock.now();
    const setByMs = offsetMs - this.#offsetMs;
    if (Math.abs(setByMs) < 2) return;
    this.#offsetMs = offsetMs;
    this.#before = moved(this.#before, setByMs);
    this.#now = moved(this.#now, setByMs);
    this.#windowEndsAt += setByMs;
    if (this.#errorMs !== null) this.#judge();
  }

  #judge(): void {
    const { leastMs, mostMs } = both(this.#before, this.#now) ?? this.#now;
    this.#errorMs = Math.max(leastMs, 0) + Math.min(mostMs, 0);
  }

  learn({ askedAt, answeredAt, from, to }: StoreTime): void {
    this.#followClock();
    // The clock was set while the answer was on its way.
    if (answeredAt < askedAt) return;
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
    this.#judge();
  }

  /**
   * The least that our clock must be wrong by, in milliseconds: ahead if positive, behind if
   * negative; null while there is nothing to compare it with.
   */
  get errorMs(): number | null {
    this.#followClock();
    return this.#errorMs;
  }

  /** Whether our clock is not proven to be wrong by more than half the tolerance. */
  get isRight(): boolean {
    const { errorMs } = this;
    return errorMs === null || Math.abs(errorMs) <= this.toleranceMs / 2;
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

const moved = ({ leastMs, mostMs }: Ahead, byMs: number): Ahead => ({
  leastMs: leastMs + byMs,
  mostMs: mostMs + byMs,
});

/** @returns undefined if they contradict each other */
function both(one: Ahead, other: Ahead): Ahead | undefined {
  const leastMs = Math.max(one.leastMs, other.leastMs);
  const mostMs = Math.min(one.mostMs, other.mostMs);
  return leastMs <= mostMs ? { leastMs, mostMs } : undefined;
}
