export interface RateSearchOptions {
  /** The first rate tried; all in votes a second. */
  readonly startPerSecond: number;
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** The rate found and one that does not hold are no further apart than this share. */
  readonly resolution: number;
  /** Confirming trials included. */
  readonly maxTrials: number;
}

/**
 * Looks for the highest rate that holds: doubles (or halves) until it knows one that holds and one
 * that does not, halves what lies between, and tries what it has found once more. Where that does
 * not hold, it goes down in steps that double, and looks again from there. Pure: it proposes, the
 * caller tries and tells.
 */
export class RateSearch {
  readonly #options: RateSearchOptions;
  #holds: number | undefined;
  #fails: number | undefined;
  #confirmed = false;
  #trials = 0;
  /** How far below a rate that does not hold the next one is, while none is known that does. */
  #backOff = 0.5;

  constructor(options: RateSearchOptions) {
    this.#options = options;
  }

  /** The next rate to try; undefined once it is done. */
  next(): number | undefined {
    const { startPerSecond, minPerSecond, maxPerSecond, maxTrials } = this.#options;
    if (this.#confirmed || this.#trials >= maxTrials) return undefined;
    const holds = this.#holds;
    const fails = this.#fails;
    if (holds === undefined) {
      if (fails === undefined) return bounded(startPerSecond, minPerSecond, maxPerSecond);
      if (fails <= minPerSecond) return undefined;
      return Math.max(minPerSecond, Math.floor(fails * (1 - this.#backOff)));
    }
    if (this.isConfirming) return holds;
    return fails === undefined
      ? Math.min(holds * 2, maxPerSecond)
      : Math.round((holds + fails) / 2);
  }

  /** Whether the next trial repeats the rate that was found. */
  get isConfirming(): boolean {
    const { maxPerSecond, maxTrials, resolution } = this.#options;
    if (this.#holds === undefined) return false;
    if (this.#fails === undefined) return this.#holds >= maxPerSecond;
    const isLast = this.#trials === maxTrials - 1;
    const isClose = this.#fails - this.#holds <= Math.max(1, this.#holds * resolution);
    return isLast || isClose;
  }

  /** What became of the rate that `next` proposed. */
  tell(perSecond: number, held: boolean): void {
    const isConfirming = this.isConfirming;
    this.#trials++;
    if (held) {
      this.#holds = perSecond;
      this.#confirmed = isConfirming;
      return;
    }
    this.#fails = perSecond;
    if (this.#holds === undefined) this.#backOff = Math.min(0.5, this.#backOff * 2);
    if (this.#holds !== perSecond) return;
    // It held once and not twice.
    this.#holds = undefined;
    this.#backOff = this.#options.resolution;
  }

  /** The highest rate that held when it was tried again. */
  get found(): number | undefined {
    return this.#confirmed ? this.#holds : undefined;
  }
}

function bounded(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
