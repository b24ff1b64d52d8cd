/** How many votes were counted at a moment, in milliseconds since the epoch. */
export interface CountedAt {
  readonly at: number;
  readonly counted: number;
}

const maxPoints = 1_200;
/** A little less than the interval of the samples, so that an early one is kept. */
const firstGapMs = 900;
/** The current rate is averaged over this many samples. */
const averagedSamples = 3;

/** Derives votes per second over time from samples of the count. */
export class RateHistory {
  #points: CountedAt[] = [];
  #recent: readonly CountedAt[] = [];
  /** The minimum distance of two points. */
  #gapMs = 0;

  /** Adds a sample; one that is not newer than the last is ignored. */
  add(point: CountedAt): void {
    const last = this.#points.at(-1);
    if (last !== undefined && point.at <= last.at) return;
    this.#recent = [...this.#recent.slice(-averagedSamples), point];
    const before = this.#points.at(-2);
    if (before !== undefined && last !== undefined && last.at - before.at < this.#gapMs) {
      this.#points.pop();
    }
    this.#points.push(point);
    // Halve the resolution, so that a whole election night fits.
    if (this.#points.length > maxPoints) {
      this.#points = this.#points.filter((_, index) => index % 2 === 0);
      this.#gapMs = Math.max(this.#gapMs, firstGapMs) * 2;
    }
  }

  /** Adds the samples from before the first one here. */
  prepend(past: readonly CountedAt[]): void {
    const first = this.#points[0]?.at ?? Number.POSITIVE_INFINITY;
    const later = this.#points;
    this.#points = [];
    for (const point of past) if (point.at < first) this.add(point);
    for (const point of later) this.add(point);
  }

  /** Votes per second now. */
  get current(): number {
    const recent = this.#recent;
    return recent.length < 2 ? 0 : rateBetween(recent[0], recent[recent.length - 1]);
  }

  /** The highest rate, in votes per second. */
  get highest(): number {
    return Math.max(0, ...this.series()[1]);
  }

  /** Times in seconds since the epoch, and how many votes were counted by then. */
  counts(): [number[], number[]] {
    const points = this.#points;
    return [points.map(({ at }) => at / 1_000), points.map(({ counted }) => counted)];
  }

  /** Times in seconds since the epoch, and the rate up to each in votes per second. */
  series(): [number[], number[]] {
    const later = this.#points.slice(1);
    return [
      later.map(({ at }) => at / 1_000),
      later.map((point, index) => rateBetween(this.#points[index], point)),
    ];
  }
}

/** Never negative: a recount may correct the count downwards. */
function rateBetween(from: CountedAt, to: CountedAt): number {
  return Math.max(0, ((to.counted - from.counted) * 1_000) / (to.at - from.at));
}
