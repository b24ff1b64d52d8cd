import type { ElectionList } from "../../contracts/http/election.js";
import type { Behind, DetailedResult, Watermark } from "../../contracts/http/result.js";
import type {
  IngestMetrics,
  RoleEvent,
  RoleName,
  RoleStatus,
  ServeMetrics,
  StoreHealth,
  TallyMetrics,
} from "../../contracts/http/status.js";
import type { ElectionStatus } from "../../core/election.js";

export type ElectionSummary = Pick<
  ElectionList["elections"][number],
  "id" | "title" | "status" | "createdAt" | "closesAt"
>;

/** One candidate's line of a result, in the election's order. */
export type ResultLine = DetailedResult["result"][number];

/** Serve's detailed result. What serve leaves out is null, false or empty here. */
export interface WatchedResult
  extends Omit<
    DetailedResult,
    "digest" | "certifiedAt" | "watermarks" | "stale" | "asOf" | "behind"
  > {
  readonly behind: Behind | null;
  readonly digest: string | null;
  readonly watermarks: readonly Watermark[];
  readonly stale: boolean;
  readonly asOf: number | null;
}

export type RoleState = "ready" | "not-ready" | "unreachable";

export interface RoleHealth {
  readonly role: RoleName;
  readonly url: string;
  readonly state: RoleState;
  /** How long the answer took; null when there was none. */
  readonly latencyMs: number | null;
  /** Why the role is not ready, or why its status is of no use; else empty. */
  readonly detail: string;
  /** The process that answered; null if unknown. */
  readonly pid: number | null;
  /** When that process started, in milliseconds since the epoch; null if unknown. */
  readonly startedAt: number | null;
  /** What it has used since then; null if unknown. */
  readonly cpuSeconds: number | null;
  readonly memoryBytes: number | null;
  /** What is left on the disk that it keeps files on, and that disk's size; null without one. */
  readonly diskFreeBytes: number | null;
  readonly diskBytes: number | null;
}

/** The metrics of an ingest, and what it refused. */
export type WatchedIngest = IngestMetrics & Pick<RoleStatus, "refused">;

/** The metrics of one tally process. */
export type WatchedTally = Omit<TallyMetrics, "events"> & { readonly url: string };

/** A store of the engine as all roles together see it. */
export interface StoreState extends StoreHealth {
  /** The roles that need it. */
  readonly neededBy: readonly RoleName[];
  /** The roles that cannot reach it: one is enough for `reachable` to be false. */
  readonly missedBy: readonly RoleName[];
}

/** An event and the process that reported it. */
export type ReportedEvent = RoleEvent & { readonly role: RoleName; readonly pid: number };

/** Everything that the monitor knows at one moment. What is unavailable is null, not missing. */
export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly election: string | null;
  readonly elections: readonly ElectionSummary[];
  readonly result: WatchedResult | null;
  readonly roles: readonly RoleHealth[];
  readonly ingest: WatchedIngest | null;
  /** The tallies that answered. */
  readonly tallies: readonly WatchedTally[];
  readonly serve: ServeMetrics | null;
  readonly stores: readonly StoreState[];
  /** The newest ones that the roles report, including those of earlier snapshots. */
  readonly roleEvents: readonly ReportedEvent[];
  /** Why there is no result, in one sentence; null when there is one. */
  readonly problem: string | null;
}

/** The status to show: nothing is official before the certificate is seen. */
export function shownStatus(result: WatchedResult): ElectionStatus {
  if (result.official) return "certified";
  return result.status === "certified" ? "closed" : result.status;
}

/** Whether any role answered at all. */
export function anythingReached(snapshot: Snapshot): boolean {
  return snapshot.roles.some((role) => role.state !== "unreachable");
}

/**
 * Chooses the election to watch when none is named: the newest open one, else the newest.
 *
 * @returns undefined when there is no election at all
 */
export function chooseElection(elections: readonly ElectionSummary[]): string | undefined {
  const open = elections.filter((election) => election.status === "open");
  const among = open.length > 0 ? open : elections;
  return [...among].sort((one, other) => one.createdAt - other.createdAt).at(-1)?.id;
}
