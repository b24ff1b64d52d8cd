interface RateSearchOptions {
  /** The first rate tried; all rates are in votes a second. */
  readonly startPerSecond: number;
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
  /** The search ends when the rate found and one that does not hold are this share apart. */
  readonly resolution: number;
  /** Including those that confirm. */
  readonly maxTrials: number;
}

/**
 * Looks for the highest rate that holds. It doubles or halves the rate until one holds and one does
 * not, bisects between the two, and tries what it has found once more. If that does not hold, it
 * goes down in steps that double, and searches again from there. Pure: it proposes rates, and the
 * caller tries them and reports the result.
 */
export class RateSearch {
  readonly #options: RateSearchOptions;
  #holds: number | undefined;
  #fails: number | undefined;
  #confirmed = false;
  #trials = 0;
  /** While no rate is known to hold: how far below the failed one to try next, as a share. */
  #backOff = 0.5;

  constructor(options: RateSearchOptions) {
    this.#options = options;
  }

  /** The next rate to try; undefined once the search is over. */
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

  /** Records whether the rate that `next` proposed held. */
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

  /** The highest rate that held, and held again. */
  get found(): number | undefined {
    return this.#confirmed ? this.#holds : undefined;
  }
}

function bounded(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
