import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { checkThresholds, type LoadRecord } from "../../../src/runtime/load/record.js";
import { progressText, reportText } from "../../../src/runtime/load/report.js";

const latencyMs = {
  acknowledgeRaw: { p50: 8, p99: 21, max: 39 },
  acknowledge: { p50: 8.1, p99: 21.5, max: 40 },
  visible: { p50: 30, p99: 510, max: 700 },
};

const passed: LoadRecord = {
  election: "lunch",
  engine: "embedded",
  scenario: "demo",
  seed: 5,
  durationMs: 10_050,
  targetPerSecond: 251_000,
  sentPerSecond: 250_990,
  sent: 2_510_000,
  acknowledged: 2_510_000,
  refused: 0,
  refusals: {},
  unknown: 0,
  unsent: 0,
  counted: 2_384_500,
  rejected: { "already-voted": 125_500 },
  retriesAbsorbed: 25_100,
  retriesSent: 25_100,
  resent: 0,
  lost: 0,
  double: 0,
  invented: 0,
  foreign: 0,
  latencyMs,
  scheduleLagMs: { p50: 1, p99: 3, max: 9 },
  generator: { name: "builtin", processes: 1, cpuSeconds: 4, busyShare: 0.4, limits: [] },
  timeline: { everyMs: 1_000, rows: [] },
  agreement: { generator: true, view: true, ledger: true, recount: true },
  result: [
    { candidate: "soup", votes: 1_500_000 },
    { candidate: "salad", votes: 884_500 },
  ],
  streams: [],
  findings: [],
  findingCount: 0,
  drained: true,
  interrupted: false,
  valid: true,
  thresholds: [],
  reconciled: true,
  verdict: "pass",
  host: { cores: 2, memoryGiB: 24, node: "20.20.2", os: "Linux" },
};

const names = new Map([["soup", "Soup\u001b[2J of the day"]]);
const textOf = (changes: Partial<LoadRecord> = {}) =>
  stripVTControlCharacters(reportText({ ...passed, ...changes }, names));

describe("reportText", () => {
  it("begins with the verdict and gives every figure of the proof", () => {
    const text = textOf();
    expect(text).toMatch(/^✓ pass {2}demo on election lunch, embedded, seed 5\n/);
    expect(text).toMatch(/sent +250,990\/s/);
    expect(text).toMatch(/visible +30\.0 ms +510\.0 ms +700\.0 ms/);
    expect(text).toMatch(/acknowledged +2,510,000\n/);
    expect(text).toMatch(/rejected +125,500 +already-voted 125,500/);
    expect(text).toMatch(/lost +0\n +double +0\n/);
    expect(text).toMatch(/✓ generator = view = ledger = recount/);
    expect(text).not.toMatch(/not valid|never sent|invented|of others/);
  });

  it("draws bars to scale, and lets no name move the cursor", () => {
    const rows = textOf().split("\n").slice(-2);
    expect(rows[0]).toMatch(/Soup \[2J of the day +█{24} +62\.9 % +1,500,000$/);
    expect(rows[1]).toMatch(/salad +█{14} +37\.1 % +884,500$/);
  });

  it("says what is wrong before anything else, and names the ballots", () => {
    const text = textOf({
      verdict: "fail",
      reconciled: false,
      valid: false,
      unsent: 1_200,
      lost: 2,
      agreement: { generator: false, view: true, ledger: true, recount: true },
      findings: [{ kind: "lost", detail: "ballot 00ff was acknowledged and is in no segment" }],
      findingCount: 2,
    });
    expect(text).toMatch(/^✗ fail/);
    expect(text).toMatch(/! not valid as a measurement/);
    expect(text).toMatch(/due, never sent +1,200/);
    expect(text).toMatch(/lost +2\n/);
    expect(text).toMatch(/✗ not in agreement: generator/);
    expect(text).toMatch(/findings \(2\)\n +lost: ballot 00ff was.*\n +and 1 more/);
  });

  it("shows each threshold with what was reached", () => {
    const thresholds = checkThresholds(
      { sentPerSecond: 250_000, acknowledgeP99Ms: 250, visibleP99Ms: 500 },
      250_990,
      latencyMs,
    );
    expect(thresholds.map(({ passed: ok }) => ok)).toEqual([true, true, false]);
    const text = textOf({ thresholds, verdict: "fail" });
    expect(text).toMatch(/✓ sent per second ≥ 250,000: 250,990\n/);
    expect(text).toMatch(/✓ acknowledged, p99 ≤ 250 ms: 22 ms\n/);
    expect(text).toMatch(/✗ visible, p99 ≤ 500 ms: 510 ms\n/);
  });
});

describe("progressText", () => {
  it("is one line with what was sent, answered and is due", () => {
    const progress = {
      elapsedMs: 3_004,
      durationMs: 10_000,
      total: 10_000,
      due: 3_005,
      sent: 3_000,
      acknowledged: 2_990,
      refused: 1,
      sentPerSecond: 999,
    };
    expect(progressText(progress)).toBe(
      "   3/10 s  sent 3,000 (999/s), acknowledged 2,990, refused 1, 5 due",
    );
  });
});
