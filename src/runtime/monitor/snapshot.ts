import type { ElectionStatus } from "../core/election.js";

export interface ElectionSummary {
  readonly id: string;
  readonly title: string;
  readonly status: ElectionStatus;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One candidate's line of a result, in the election's order. */
export interface TallyRow {
  readonly candidate: string;
  readonly name: string;
  readonly votes: number;
  /** 0 to 1 of the counted votes; 0 while there are none. */
  readonly share: number;
}

/** Up to where one partition of the log is in the figures. */
export interface Watermark {
  readonly partition: number;
  readonly sequence: number;
  readonly position: number;
  readonly sealed: boolean;
}

/** The body of serve's `GET /v1/elections/{id}/result?detail=partitions`, checked. */
export interface ResultFigures {
  readonly election: string;
  readonly title: string;
  readonly status: ElectionStatus;
  readonly official: boolean;
  readonly revision: number;
  readonly counted: number;
  /** By reason; zeros are left out. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
  readonly result: readonly TallyRow[];
  readonly partitions: number;
  readonly sealedPartitions: number;
  /** Digest of the recount's certificate, once official. */
  readonly digest: string | null;
  readonly watermarks: readonly Watermark[];
  /** Serve could not read the view just now, and these are what it read before. */
  readonly stale: boolean;
  /** When it read them, in milliseconds since the epoch; only when stale. */
  readonly asOf: number | null;
}

export type RoleState = "ready" | "not-ready" | "unreachable";

export interface RoleHealth {
  readonly role: "ingest" | "serve";
  readonly url: string;
  readonly state: RoleState;
  /** How long the answer took; null when there was none. */
  readonly latencyMs: number | null;
  /** Why it is not ready, in the role's or the network's words; empty when ready. */
  readonly detail: string;
}

/** Everything that the monitor knows at one moment. What could not be had is null, not missing. */
export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly election: string | null;
  readonly elections: readonly ElectionSummary[];
  readonly result: ResultFigures | null;
  readonly roles: readonly RoleHealth[];
  /** Why there is no result, in one sentence; null when there is one. */
  readonly problem: string | null;
}

/** What may be said of these figures: nothing is official before the certificate is seen. */
export function shownStatus(result: ResultFigures): ElectionStatus {
  if (result.official) return "certified";
  return result.status === "certified" ? "closed" : result.status;
}

/** Whether any role answered at all. */
export function anythingReached(snapshot: Snapshot): boolean {
  return snapshot.roles.some((role) => role.state !== "unreachable");
}

/**
 * The election to watch when none is named: the open one, else any; of several the newest.
 * Undefined when there is no election at all.
 */
export function chooseElection(elections: readonly ElectionSummary[]): string | undefined {
  const open = elections.filter((election) => election.status === "open");
  const among = open.length > 0 ? open : elections;
  return [...among].sort((one, other) => one.createdAt - other.createdAt).at(-1)?.id;
}
