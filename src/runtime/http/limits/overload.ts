import { monitorEventLoopDelay } from "node:perf_hooks";
import { VoteError } from "../../core/errors.js";
import { type Clock, every, systemClock } from "../../time/clock.js";

export interface OverloadOptions {
  /** The load since it was asked before, as a share of what this process can bear. */
  readonly load: () => number;
  readonly clock?: Pick<Clock, "after">;
}

const sampleMs = 500;
/** One long pause, as of a process that was stopped, is no overload. */
const samplesToBegin = 3;
const samplesToEnd = 3;
/** It ends well below where it begins, so that it does not begin again at once. */
const endBelow = 0.5;

/**
 * Notices that a process has more to do than it can, before everybody's answers come too late.
 * While that lasts, new work is to be refused, which costs little, so that what was taken is
 * finished.
 */
export class Overload {
  readonly #load: () => number;
  #isOver = false;
  /** How many samples in a row speak for a change. */
  #samples = 0;
  readonly stop: () => void;

  constructor({ load, clock = systemClock }: OverloadOptions) {
    this.#load = load;
    this.stop = every(clock, sampleMs, () => this.#sample());
  }

  /** @throws VoteError `overloaded` while new work is to be refused */
  requireNone(): void {
    if (!this.#isOver) return;
    throw new VoteError("overloaded", "This process has more to do than it can.", {
      hint: "Nothing of this request was taken. Send it again later.",
    });
  }

  #sample(): void {
    const load = this.#load();
    this.#samples = (this.#isOver ? load < endBelow : load >= 1) ? this.#samples + 1 : 0;
    if (this.#samples < (this.#isOver ? samplesToEnd : samplesToBegin)) return;
    this.#isOver = !this.#isOver;
    this.#samples = 0;
  }
}

const resolutionMs = 20;
const nanosecondsPerMs = 1e6;

/** Measures how long a turn of the event loop takes: the mean in ms since it was asked before. */
export function eventLoopDelayMs(): () => number {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return () => {
    const { count, mean } = delays;
    delays.reset();
    return count === 0 ? 0 : mean / nanosecondsPerMs;
  };
}
