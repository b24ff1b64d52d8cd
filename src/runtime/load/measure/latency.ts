import * as hdr from "hdr-histogram-js";
import type { PackedLatencies } from "../../contracts/load/agent-requests.js";
import type { LatencySummary } from "../../contracts/load/load-record.js";

/** Latencies in milliseconds, kept in microseconds to three significant digits. */
export class LatencyRecorder {
  readonly #histogram = hdr.build({
    bitBucketSize: 64,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 3_600_000_000,
    numberOfSignificantValueDigits: 3,
  });
  #maxMs = 0;
  #count = 0;

  /** @param count how many ballots took this long */
  record(latencyMs: number, count = 1): void {
    if (count === 0) return;
    const bounded = Math.min(Math.max(latencyMs, 0), 3_600_000);
    this.#histogram.recordValueWithCount(Math.round(bounded * 1_000), count);
    this.#count += count;
    if (bounded > this.#maxMs) this.#maxMs = bounded;
  }

  /** Adds what another recorder holds. */
  add(other: LatencyRecorder): void {
    this.#histogram.add(other.#histogram);
    this.#count += other.#count;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  /** For another process, which unpacks it with `LatencyRecorder.from`. */
  pack(): PackedLatencies {
    const histogram = hdr.encodeIntoCompressedBase64(this.#histogram);
    return { count: this.#count, maxMs: this.#maxMs, histogram };
  }

  static from({ count, maxMs, histogram }: PackedLatencies): LatencyRecorder {
    const recorder = new LatencyRecorder();
    recorder.#histogram.add(hdr.decodeFromCompressedBase64(histogram, 64));
    recorder.#count = count;
    recorder.#maxMs = maxMs;
    return recorder;
  }

  get count(): number {
    return this.#count;
  }

  /** In milliseconds; 0 when nothing was recorded. @param percentile 0 to 100 */
  percentile(percentile: number): number {
    if (this.#count === 0) return 0;
    return Math.min(this.#histogram.getValueAtPercentile(percentile) / 1_000, this.#maxMs);
  }

  summary(): LatencySummary {
    const round = (value: number) => Math.round(value * 1_000) / 1_000;
    return {
      p50: round(this.percentile(50)),
      p90: round(this.percentile(90)),
      p95: round(this.percentile(95)),
      p99: round(this.percentile(99)),
      p999: round(this.percentile(99.9)),
      max: round(this.#maxMs),
      mean: this.#count === 0 ? 0 : round(this.#histogram.mean / 1_000),
    };
  }
}
