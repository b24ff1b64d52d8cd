import type { ServeMetrics } from "../../../src/runtime/contracts/http/status.js";
import {
  initialMonitorState,
  type MonitorState,
  reduceMonitor,
} from "../../../src/runtime/monitor/state/reducer.js";
import type {
  RoleHealth,
  Snapshot,
  StoreState,
  WatchedIngest,
  WatchedResult,
  WatchedTally,
} from "../../../src/runtime/monitor/state/snapshot.js";

/** 14:03:59 wherever the test runs. */
export const startedAt = new Date(2026, 10, 3, 14, 3, 59).getTime();

/** A role that is well; its port and process id follow from its place in the pipeline. */
export function role(name: RoleHealth["role"], changes: Partial<RoleHealth> = {}): RoleHealth {
  const place = ["ingest", "serve", "admin", "tally"].indexOf(name);
  return {
    role: name,
    url: `http://127.0.0.1:${4_000 + place}`,
    state: "ready",
    latencyMs: 2 + place,
    detail: "",
    pid: 100 + place,
    startedAt: startedAt - 60_000,
    cpuSeconds: 10,
    memoryBytes: 120_000_000,
    diskFreeBytes: 40_000_000_000,
    diskBytes: 100_000_000_000,
    ...changes,
  };
}

export const readyRoles = [role("ingest"), role("tally"), role("serve"), role("admin")];

export const ingest: WatchedIngest = {
  acknowledged: 10_000,
  unconfirmed: 0,
  frames: 500,
  retries: 0,
  waitingBallots: 120,
  waitingRequests: 3,
  acknowledgeMs: { p50: 4, p99: 12.3 },
  refused: { "invalid-token": 7 },
};

export const serve: ServeMetrics = {
  eventStreams: 12,
  webSockets: 3,
  messagesSent: 1_000,
  bytesSent: 50_000,
  viewAgeMs: 400,
  stale: false,
};

/** A tally of eight partitions of `demo`, each so many records behind. */
export function tally(lagRecords = 0, changes: Partial<WatchedTally> = {}): WatchedTally {
  const partitions = Array.from({ length: 8 }, (_, partition) => ({
    election: "demo",
    partition,
    position: 1_000,
    sealed: false,
    state: "tallying" as const,
    halted: "",
    end: 1_000 + lagRecords,
    lagRecords,
    lagSeconds: lagRecords === 0 ? 0 : 4.2,
  }));
  const commitMs = { p50: 0.57, p99: 4.72 };
  const url = role("tally").url;
  return { url, partitions, commits: 900, commitMs, eventCounts: {}, viewLagMs: 0, ...changes };
}

export function store(part: StoreState["part"], changes: Partial<StoreState> = {}): StoreState {
  return {
    part,
    store: "LMDB",
    reachable: true,
    latencyMs: 1.5,
    detail: "",
    neededBy: ["ingest", "tally"],
    missedBy: [],
    ...changes,
  };
}

/** Figures of the election `demo` with these votes; everything else may be overridden. */
export function figures(
  votes: Readonly<Record<string, number>>,
  changes: Partial<WatchedResult> = {},
): WatchedResult {
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
    watermarks: Array.from({ length: 8 }, (_, partition) => {
      return { partition, sequence: 9, position: 1_000, sealed: false };
    }),
    behind: null,
    stale: false,
    asOf: null,
    ...changes,
  };
}

export function snapshot(
  atMs: number,
  result: WatchedResult | null,
  changes: Partial<Snapshot> = {},
): Snapshot {
  return {
    at: startedAt + atMs,
    election: result?.election ?? "demo",
    elections: [],
    result,
    roles: readyRoles,
    ingest,
    tallies: [tally()],
    serve,
    stores: [store("log"), store("ledger"), store("view")],
    roleEvents: [],
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
