import { describe, expect, it } from "vitest";
import { CompactHistogram } from "../../../../src/runtime/load/measure/compact-histogram.js";
import { Timeline } from "../../../../src/runtime/load/measure/timeline.js";

/** A bucket's upper end: never below the value, and at most 5 % above it. */
const shows = (bucketEnd: number, value: number) => bucketEnd >= value && bucketEnd < value * 1.05;

describe("the timeline of a run", () => {
  it("counts where things happened and shows latency where its ballots were due", () => {
    const timeline = new Timeline(3_000);
    timeline.count("due", 100, 10);
    timeline.count("acknowledged", 2_100, 10);
    timeline.latency("acknowledge", 100, 2_000, 10);
    const rows = timeline.rows();
    expect(rows.map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000]);
    expect(rows[0].due).toBe(10);
    expect(rows[2].acknowledged).toBe(10);
    expect(shows(rows[0].latencyMs.acknowledge.p99, 2_000)).toBe(true);
    expect(rows[2].latencyMs.acknowledge.p99).toBe(0);
  });

  it("adds up shares, also after they were packed and sent", () => {
    const shares = [1, 2, 3].map((number) => {
      const share = new Timeline(10_000);
      share.count("sent", number * 1_000, number);
      share.latency("visible", 500, number * 100, 1);
      share.latency("visible", 500, 10, 97);
      return share;
    });
    const whole = new Timeline(10_000);
    for (const share of shares) {
      whole.add(Timeline.from(JSON.parse(JSON.stringify(share.pack()))));
    }
    const rows = whole.rows();
    expect(rows.map(({ sent }) => sent)).toEqual([0, 1, 2, 3]);
    expect(shows(rows[0].latencyMs.visible.p50, 10)).toBe(true);
    expect(shows(rows[0].latencyMs.visible.p99, 100)).toBe(true);
  });

  it("stays small for a whole day", () => {
    const timeline = new Timeline(86_400_000);
    timeline.count("sent", 86_400_000, 1);
    expect(timeline.rows().length).toBeLessThanOrEqual(1_001);
  });
});

describe("the compact histogram", () => {
  it("knows a percentile to a few per cent, from below a millisecond to an hour", () => {
    for (const latencyMs of [0.05, 1, 17, 250, 2_000, 3_600_000]) {
      const histogram = new CompactHistogram();
      histogram.record(latencyMs, 100);
      expect(shows(histogram.percentile(50), latencyMs)).toBe(true);
      expect(shows(histogram.percentile(99), latencyMs)).toBe(true);
    }
  });

  it("is 0 when empty, and counts what lies outside at its ends", () => {
    const histogram = new CompactHistogram();
    expect(histogram.percentile(99)).toBe(0);
    histogram.record(0, 1);
    histogram.record(1e12, 1);
    expect(histogram.percentile(50)).toBe(2 ** (-6 + 1 / 16));
    expect(histogram.percentile(100)).toBe(2 ** 22);
  });
});
