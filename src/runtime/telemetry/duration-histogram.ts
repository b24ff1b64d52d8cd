/** Upper bounds of the buckets, in seconds: every duration is compared by the same ones. */
export const bucketBoundsSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

const boundsMs = bucketBoundsSeconds.map((seconds) => seconds * 1_000);

/** Counts durations since the start in fixed buckets, without allocating anything. */
export class DurationHistogram {
  /** How many fell into each bucket; the last one has no upper bound. */
  readonly counts = new Float64Array(boundsMs.length + 1);
  #sumMs = 0;

  add(tookMs: number): void {
    let bucket = 0;
    while (bucket < boundsMs.length && tookMs > boundsMs[bucket]) bucket++;
    this.counts[bucket]++;
    this.#sumMs += tookMs;
  }

  get sumSeconds(): number {
    return this.#sumMs / 1_000;
  }
}
