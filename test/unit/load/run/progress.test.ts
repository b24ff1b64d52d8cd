import { describe, expect, it } from "vitest";
import { emptyLatencies } from "../../../../src/runtime/load/measure/outcome.js";
import { progressBar, progressText } from "../../../../src/runtime/load/run/progress.js";

const latencies = emptyLatencies();
const progress = {
  elapsedMs: 3_004,
  durationMs: 10_000,
  total: 10_000,
  due: 3_005,
  sent: 3_000,
  acknowledged: 2_990,
  refused: 1,
  unknown: 0,
  sentPerSecond: 999,
  latencies,
};

describe("progressText", () => {
  it("is one line with what was sent, answered and is due", () => {
    expect(progressText(progress)).toBe(
      "   3/10 s  sent 3,000 (999/s), acknowledged 2,990, refused 1, 5 due",
    );
  });
});

describe("progressBar", () => {
  it("shows how far the run is, its rate, its latency and what is left", () => {
    expect(progressBar({ ...progress, refused: 0 })).toBe(
      "██████░░░░░░░░░░░░░░  30 %  999/s  00:07 left",
    );
    latencies.acknowledge.record(21.5, 100);
    expect(progressBar(progress)).toMatch(/ p99 21\.5 ms {2}1 not taken {2}00:07 left$/);
    const long = progressBar({ ...progress, durationMs: 86_400_000 });
    expect(long).toMatch(/^░{20} {3}0 %.* 23:59:57 left$/);
    const over = progressBar({ ...progress, elapsedMs: 10_100 });
    expect(over).toMatch(/^█{20} 100 % .*until visible$/);
  });

  it("never takes more than a line of 80 columns", () => {
    const much = { ...progress, sentPerSecond: 1e12, refused: 1e12, durationMs: 1e10 };
    expect(progressBar(much).length).toBeLessThan(80);
  });
});
