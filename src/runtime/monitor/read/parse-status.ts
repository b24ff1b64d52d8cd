import type {
  IngestFigures,
  PartitionFigures,
  RoleName,
  ServeFigures,
  TallyFigures,
  ToldEvent,
} from "../state/snapshot.js";
import { asCount, asObject, asText, countsIn, type Json, objectsIn } from "./parse.js";

/** One store as one role sees it. */
export interface SeenStore {
  readonly role: RoleName;
  readonly part: string;
  readonly store: string;
  readonly reachable: boolean | null;
  readonly latencyMs: number | null;
  readonly detail: string;
}

/** What a role's `GET /statusz` says, as far as it is understood. */
export interface RoleStatus {
  readonly pid: number;
  readonly startedAt: number;
  readonly stores: readonly SeenStore[];
  readonly told: readonly ToldEvent[];
  readonly ingest?: IngestFigures;
  readonly tally?: TallyFigures;
  readonly serve?: ServeFigures;
}

/** @returns undefined for what is no status of this role */
export function parseStatus(role: RoleName, url: string, body: unknown): RoleStatus | undefined {
  const json = asObject(body);
  if (json === undefined || json.role !== role) return undefined;
  const pid = asCount(json.pid);
  return {
    pid,
    startedAt: asCount(json.startedAt),
    stores: objectsIn(json.stores).map((item) => seenStore(role, item)),
    told: objectsIn(json.events).map((item) => toldEvent(role, pid, item)),
    ...(role === "ingest" ? { ingest: ingestFigures(json) } : {}),
    ...(role === "tally" ? { tally: tallyFigures(url, json) } : {}),
    ...(role === "serve" ? { serve: serveFigures(json) } : {}),
  };
}

function asNumberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function seenStore(role: RoleName, item: Json): SeenStore {
  return {
    role,
    part: asText(item.part) ?? "store",
    store: asText(item.store) ?? "unknown",
    reachable: typeof item.reachable === "boolean" ? item.reachable : null,
    latencyMs: asNumberOrNull(item.latencyMs),
    detail: asText(item.detail) ?? "",
  };
}

function toldEvent(role: RoleName, pid: number, item: Json): ToldEvent {
  return {
    role,
    pid,
    number: asCount(item.number),
    at: asCount(item.at),
    name: asText(item.name) ?? "unknown",
    election: asText(item.election) ?? null,
    partition: asNumberOrNull(item.partition),
    detail: asText(item.detail) ?? "",
  };
}

function ingestFigures(json: Json): IngestFigures {
  return {
    acknowledged: asCount(json.acknowledged),
    unconfirmed: asCount(json.unconfirmed),
    frames: asCount(json.frames),
    retries: asCount(json.retries),
    waitingBallots: asCount(json.waitingBallots),
    waitingRequests: asCount(json.waitingRequests),
    refused: countsIn(json.refused),
  };
}

function tallyFigures(url: string, json: Json): TallyFigures {
  const commitMs = asObject(json.commitMs);
  return {
    url,
    partitions: objectsIn(json.partitions).map(partitionFigures),
    commits: asCount(json.commits),
    commitMs:
      commitMs === undefined ? null : { p50: asCount(commitMs.p50), p99: asCount(commitMs.p99) },
    eventCounts: countsIn(json.eventCounts),
    viewLagMs: asCount(json.viewLagMs),
  };
}

function partitionFigures(item: Json): PartitionFigures {
  return {
    election: asText(item.election) ?? "",
    partition: asCount(item.partition),
    position: asCount(item.position),
    sealed: item.sealed === true,
    end: asNumberOrNull(item.end),
    lagRecords: asNumberOrNull(item.lagRecords),
    lagSeconds: asNumberOrNull(item.lagSeconds),
  };
}

function serveFigures(json: Json): ServeFigures {
  return {
    eventStreams: asCount(json.eventStreams),
    webSockets: asCount(json.webSockets),
    messagesSent: asCount(json.messagesSent),
    bytesSent: asCount(json.bytesSent),
    viewAgeMs: asNumberOrNull(json.viewAgeMs),
    stale: json.stale === true,
    shared: json.shared === true,
  };
}
