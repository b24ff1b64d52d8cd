import type { ElectionStatus } from "../../core/election.js";

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

export type RoleName = "ingest" | "tally" | "serve" | "admin";

export interface RoleHealth {
  readonly role: RoleName;
  readonly url: string;
  readonly state: RoleState;
  /** How long the answer took; null when there was none. */
  readonly latencyMs: number | null;
  /** Why it is not ready, in the role's or the network's words; empty when ready. */
  readonly detail: string;
  /** Of the process that answered; null where that is not known. */
  readonly pid: number | null;
  /** When that process started, in milliseconds since the epoch; null where that is not known. */
  readonly startedAt: number | null;
}

/** What an ingest has done since its start, and what waits in it just now. */
export interface IngestFigures {
  /** Ballots that are durable. */
  readonly acknowledged: number;
  /** Ballots whose outcome the log did not tell in time. */
  readonly unconfirmed: number;
  readonly frames: number;
  /** Appends that failed and were tried again. */
  readonly retries: number;
  readonly waitingBallots: number;
  readonly waitingRequests: number;
  /** Requests, and lines of batches, by error code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Where one partition's tally stands; null is what the tally itself does not know. */
export interface PartitionFigures {
  readonly election: string;
  readonly partition: number;
  readonly position: number;
  readonly sealed: boolean;
  readonly end: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
}

/** Of one tally process, since its start. */
export interface TallyFigures {
  readonly url: string;
  readonly partitions: readonly PartitionFigures[];
  /** Segments inserted into the ledger. */
  readonly commits: number;
  /** How long that took in the last minute; null if there was none. */
  readonly commitMs: { readonly p50: number; readonly p99: number } | null;
  /** How often something happened, by its name. */
  readonly eventCounts: Readonly<Record<string, number>>;
  /** How long the oldest figures wait to get into the view. */
  readonly viewLagMs: number;
}

export interface ServeFigures {
  readonly eventStreams: number;
  readonly webSockets: number;
  readonly messagesSent: number;
  readonly bytesSent: number;
  /** How old the newest reading of the view is; null before the first one. */
  readonly viewAgeMs: number | null;
  readonly stale: boolean;
  /** One of several processes: these are its figures alone. */
  readonly shared: boolean;
}

/** A store of the engine as the roles that need it see it. */
export interface StoreFigures {
  readonly part: string;
  /** As "Kafka" or "LMDB". */
  readonly store: string;
  /** False if any role cannot reach it, null if none knows. */
  readonly reachable: boolean | null;
  /** The slowest answer that a role got. */
  readonly latencyMs: number | null;
  readonly detail: string;
  /** The roles that need it, and of those the ones that cannot reach it. */
  readonly neededBy: readonly RoleName[];
  readonly missedBy: readonly RoleName[];
}

/** An event as a role tells it. */
export interface ToldEvent {
  readonly role: RoleName;
  readonly pid: number;
  /** Grows with each event of the process. */
  readonly number: number;
  readonly at: number;
  readonly name: string;
  readonly election: string | null;
  readonly partition: number | null;
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
  readonly ingest: IngestFigures | null;
  /** Of those tallies that could be asked. */
  readonly tallies: readonly TallyFigures[];
  readonly serve: ServeFigures | null;
  readonly stores: readonly StoreFigures[];
  /** The newest ones that the roles tell, those told before included. */
  readonly told: readonly ToldEvent[];
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
