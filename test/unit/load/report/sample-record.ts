import type { LoadRecord } from "../../../../src/runtime/contracts/load/load-record.js";

const latencyMs = {
  acknowledgeRaw: { p50: 8, p90: 9, p95: 12, p99: 21, p999: 30, max: 39, mean: 9 },
  acknowledge: { p50: 8.1, p90: 9.2, p95: 12.3, p99: 21.5, p999: 31.2, max: 40, mean: 9.5 },
  visible: { p50: 30, p90: 60, p95: 99, p99: 510, p999: 699, max: 12_345, mean: 40 },
};

const passed: LoadRecord = {
  election: "lunch",
  engine: "embedded",
  scenario: "demo",
  seed: 5,
  startedAt: 1_767_225_600_000,
  sendingMs: 10_000,
  durationMs: 10_050,
  targetPerSecond: 251_000,
  sentPerSecond: 250_990,
  acceptedPerSecond: 250_980,
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
  undecided: 0,
  double: 0,
  invented: 0,
  closedOut: 0,
  foreign: 0,
  latencyMs,
  scheduleLagMs: { p50: 0.25, p90: 1, p95: 2, p99: 3, p999: 8, max: 9, mean: 1 },
  generator: { name: "builtin", processes: 1, cpuSeconds: 4, busyShare: 0.4, limits: [], each: [] },
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
  invalidReasons: [],
  thresholds: [],
  reconciled: true,
  verdict: "pass",
  host: { cores: 2, memoryGiB: 24, node: "20.20.2", os: "Linux" },
};

/** What a run that went well leaves, with what a test changes of it. */
export function sampleRecord(changes: Partial<LoadRecord> = {}): LoadRecord {
  return { ...passed, ...changes };
}
