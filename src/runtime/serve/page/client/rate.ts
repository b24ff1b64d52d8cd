/** How many votes were counted at a time, in milliseconds since the epoch. */
export interface CountedAt {
  readonly at: number;
  readonly counted: number;
}

const maxPoints = 1_200;
/** Samples come about this often; a little less, so that one that is early stays. */
const firstGapMs = 900;
/** The figure that is shown is smoothed over this many samples. */
const shownOver = 3;

/** Votes per second over time, from samples of how many were counted. */
export class RateHistory {
  #points: CountedAt[] = [];
  #recent: readonly CountedAt[] = [];
  /** Points stand at least this far apart. */
  #gapMs = 0;

  /** Samples come in order; one that does not is left out. */
  add(point: CountedAt): void {
    const last = this.#points.at(-1);
    if (last !== undefined && point.at <= last.at) return;
    this.#recent = [...this.#recent.slice(-shownOver), point];
    const before = this.#points.at(-2);
    if (before !== undefined && last !== undefined && last.at - before.at < this.#gapMs) {
      this.#points.pop();
    }
    this.#points.push(point);
    // Half the resolution, so that the whole night fits.
    if (this.#points.length > maxPoints) {
      this.#points = this.#points.filter((_, index) => index % 2 === 0);
      this.#gapMs = Math.max(this.#gapMs, firstGapMs) * 2;
    }
  }

  /** What was before the first sample of ours. */
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

  get highest(): number {
    return Math.max(0, ...this.series()[1]);
  }

  /** Times in seconds since the epoch, and the votes per second up to each. */
  series(): [number[], number[]] {
    const later = this.#points.slice(1);
    return [
      later.map(({ at }) => at / 1_000),
      later.map((point, index) => rateBetween(this.#points[index], point)),
    ];
  }
}

/** A recount may correct downwards: that is no rate. */
function rateBetween(from: CountedAt, to: CountedAt): number {
  return Math.max(0, ((to.counted - from.counted) * 1_000) / (to.at - from.at));
}
