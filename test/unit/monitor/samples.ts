import {
  initialMonitorState,
  type MonitorState,
  reduceMonitor,
} from "../../../src/runtime/monitor/reducer.js";
import type { ResultFigures, RoleHealth, Snapshot } from "../../../src/runtime/monitor/snapshot.js";

/** 14:03:59 wherever the test runs. */
export const startedAt = new Date(2026, 10, 3, 14, 3, 59).getTime();

export const readyRoles: readonly RoleHealth[] = [
  { role: "ingest", url: "http://127.0.0.1:4000", state: "ready", latencyMs: 2, detail: "" },
  { role: "serve", url: "http://127.0.0.1:4001", state: "ready", latencyMs: 3, detail: "" },
];

/** Figures of the election `demo` with these votes; everything else may be overridden. */
export function figures(
  votes: Readonly<Record<string, number>>,
  changes: Partial<ResultFigures> = {},
): ResultFigures {
  const counted = Object.values(votes).reduce((sum, count) => sum + count, 0);
  return {
    election: "demo",
    title: "Who should be on the coin?",
    status: "open",
    official: false,
    revision: 1,
    counted,
    rejected: {},
    retriesAbsorbed: 0,
    result: Object.entries(votes).map(([candidate, count]) => ({
      candidate,
      name: candidate,
      votes: count,
      share: counted === 0 ? 0 : count / counted,
    })),
    partitions: 8,
    sealedPartitions: 0,
    digest: null,
    watermarks: [],
    stale: false,
    asOf: null,
    ...changes,
  };
}

export function snapshot(
  atMs: number,
  result: ResultFigures | null,
  changes: Partial<Snapshot> = {},
): Snapshot {
  return {
    at: startedAt + atMs,
    election: result?.election ?? "demo",
    elections: [],
    result,
    roles: readyRoles,
    problem: result === null ? "Serve cannot be reached: connection refused." : null,
    ...changes,
  };
}

/** The state after these snapshots. */
export function stateAfter(...snapshots: readonly Snapshot[]): MonitorState {
  return snapshots.reduce(
    (state, next) => reduceMonitor(state, { type: "snapshot", snapshot: next }),
    initialMonitorState,
  );
}
