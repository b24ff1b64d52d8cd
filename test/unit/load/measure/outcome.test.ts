import { describe, expect, it } from "vitest";
import {
  emptyLatencies,
  type LoadOutcome,
  mergeOutcomes,
} from "../../../../src/runtime/load/measure/outcome.js";
import { Timeline } from "../../../../src/runtime/load/measure/timeline.js";

function share(latencyMs: number, ballots: number, busyShare: number): LoadOutcome {
  const latencies = emptyLatencies();
  latencies.acknowledge.record(latencyMs, ballots);
  const timeline = new Timeline(1_000);
  timeline.count("sent", 0, ballots);
  return {
    election: "mascot",
    seed: 1,
    streams: [],
    startedAt: 1_000 + latencyMs,
    durationMs: latencyMs,
    sendingMs: 10,
    latencies,
    timeline,
    unsent: 1,
    interrupted: false,
    drained: true,
    generator: {
      ...{ name: "builtin", processes: 1, cpuSeconds: 2, busyShare, limits: ["a"] },
      each: [{ name: "a", cpuSeconds: 2, busyShare, scheduleLagP99Ms: 1, unsent: 1, startedAt: 0 }],
    },
  };
}

describe("shares of one run", () => {
  it("merge their histograms, never their percentiles", () => {
    const whole = mergeOutcomes([share(10, 98, 0.2), share(1_000, 2, 0.9)]);
    expect(whole.latencies.acknowledge.percentile(50)).toBeCloseTo(10, 1);
    expect(whole.latencies.acknowledge.percentile(99)).toBeCloseTo(1_000, -1);
    expect(whole.timeline.rows()[0].sent).toBe(100);
  });

  it("are as long as the longest, and as busy as the busiest", () => {
    const { durationMs, startedAt, unsent, generator } = mergeOutcomes([
      share(10, 1, 0.2),
      share(1_000, 1, 0.9),
    ]);
    expect({ durationMs, startedAt, unsent }).toEqual({
      durationMs: 1_000,
      startedAt: 1_010,
      unsent: 2,
    });
    expect(generator.each.map((each) => each.busyShare)).toEqual([0.2, 0.9]);
    expect(generator).toMatchObject({
      name: "builtin",
      processes: 2,
      cpuSeconds: 4,
      busyShare: 0.9,
      limits: ["a"],
    });
  });

  it("are not drained if one is not", () => {
    const one = share(1, 1, 0);
    expect(mergeOutcomes([one, { ...one, drained: false }]).drained).toBe(false);
  });
});
