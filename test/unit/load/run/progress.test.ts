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
  behind: 0,
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
  });

  it("says what it waits for once everything is sent, and no rate as if it were current", () => {
    const over = { ...progress, elapsedMs: 10_100, refused: 10, behind: 1_234 };
    const sent = { ...over, refused: 0 };
    const all = { ...over, behind: 0 };
    const full = "█".repeat(20);
    expect(progressBar(sent)).toBe(`${full} 100 %  waiting for 10 answers`);
    expect(progressBar(over)).toBe(`${full} 100 %  waiting for the tally, 1,234 behind`);
    expect(progressText(over)).toMatch(/, refused 10.*, waiting for the tally, 1,234 behind$/);
    expect(progressBar(all)).toBe(`${full} 100 %  all sent are in the result`);
  });

  it("never takes more than a line of 80 columns", () => {
    const much = { ...progress, sentPerSecond: 1e12, refused: 1e12, durationMs: 1e10 };
    expect(progressBar(much).length).toBeLessThan(80);
  });
});
