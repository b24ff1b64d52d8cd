/** Each doubling has this many buckets, so a value is known to 4.4 %: enough for a curve. */
const stepsPerDoubling = 16;
/** From 2^-6 ms (16 µs) to 2^22 ms (70 minutes). */
const lowestPower = -6;
const doublings = 28;
const buckets = stepsPerDoubling * doublings;

/**
 * A small histogram of milliseconds for one interval of a run: 1.8 KB, merged by addition. It draws
 * the curve over time; the run's own percentiles come from `LatencyRecorder`.
 */
export class CompactHistogram {
  readonly counts: Uint32Array;

  /** @param counts those of a histogram in another process */
  constructor(counts: Uint32Array = new Uint32Array(buckets)) {
    this.counts = counts;
  }

  /** @param count how many ballots took this long */
  record(latencyMs: number, count: number): void {
    this.counts[bucketOf(latencyMs)] += count;
  }

  /** Adds another histogram's counts. */
  add(other: CompactHistogram): void {
    for (let bucket = 0; bucket < buckets; bucket++) this.counts[bucket] += other.counts[bucket];
  }

  /** The upper end of the percentile's bucket, in milliseconds; 0 when empty. */
  percentile(percentile: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return 0;
    const wanted = Math.max(1, Math.ceil((total * percentile) / 100));
    let seen = 0;
    const bucket = this.counts.findIndex((count) => {
      seen += count;
      return seen >= wanted;
    });
    return upperEndMs(bucket);
  }
}

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > 0)) return 0;
  const bucket = Math.floor((Math.log2(latencyMs) - lowestPower) * stepsPerDoubling);
  return Math.min(buckets - 1, Math.max(0, bucket));
}

function upperEndMs(bucket: number): number {
  return 2 ** (lowestPower + (bucket + 1) / stepsPerDoubling);
}
