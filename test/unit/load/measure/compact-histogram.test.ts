import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CompactHistogram } from "../../../../src/runtime/load/measure/compact-histogram.js";

/** A bucket is a sixteenth of a doubling wide. */
const width = 2 ** (1 / 16);

function histogramOf(latenciesMs: readonly number[]): CompactHistogram {
  const histogram = new CompactHistogram();
  for (const latencyMs of latenciesMs) histogram.record(latencyMs, 1);
  return histogram;
}

describe("CompactHistogram", () => {
  it("gives every percentile from the true value to a bucket above it", () => {
    const latency = fc.double({ min: 0.02, max: 4_000_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 100 }),
        (latenciesMs, percentile) => {
          const sorted = [...latenciesMs].sort((one, other) => one - other);
          const truth = sorted[Math.ceil((sorted.length * percentile) / 100) - 1];
          const read = histogramOf(latenciesMs).percentile(percentile);
          expect(read).toBeGreaterThanOrEqual(truth * 0.999_999);
          expect(read).toBeLessThanOrEqual(truth * width * 1.000_001);
        },
      ),
    );
  });

  it("weighs a latency by its ballots", () => {
    const histogram = new CompactHistogram();
    histogram.record(1, 98);
    histogram.record(1_000, 2);
    expect(histogram.percentile(98)).toBeLessThan(1.1);
    expect(histogram.percentile(99)).toBeGreaterThan(999);
  });

  it("keeps what lies outside its range in its outermost buckets", () => {
    const low = histogramOf([-5, 0, Number.NaN, 1e-9]);
    expect(low.counts[0]).toBe(4);
    expect(low.percentile(100)).toBeCloseTo(0.016, 3);
    const high = histogramOf([1e12]);
    expect(high.percentile(50)).toBe(2 ** 22);
  });

  it("adds up as if one histogram had recorded everything", () => {
    const one = histogramOf([0.5, 3, 80]);
    one.add(histogramOf([3, 9_000]));
    expect(one.counts).toEqual(histogramOf([0.5, 3, 80, 3, 9_000]).counts);
    expect(new CompactHistogram(one.counts).percentile(100)).toBe(one.percentile(100));
  });

  it("says 0 when it is empty", () => {
    expect(new CompactHistogram().percentile(99)).toBe(0);
  });
});
