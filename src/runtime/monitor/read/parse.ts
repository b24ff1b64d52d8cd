import { type ElectionStatus, electionStatuses } from "../../core/election.js";
import type { ElectionSummary, ResultFigures, TallyRow, Watermark } from "../state/snapshot.js";

/**
 * Serve's JSON as this monitor understands it. Another process of another version may answer, so
 * nothing is believed: what is needed and missing makes the whole answer unusable (undefined), what
 * is not known is left out.
 */
export type Json = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): Json | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Json) : undefined;
}

export function objectsIn(value: unknown): readonly Json[] {
  if (!Array.isArray(value)) return [];
  return value.map(asObject).filter((item) => item !== undefined);
}

export function asCount(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : 0;
}

export function asText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function asStatus(value: unknown): ElectionStatus | undefined {
  return electionStatuses.find((status) => status === value);
}

/** The body of `GET /v1/elections`: `{elections: [{id, title, status, createdAt}]}`. */
export function parseElections(body: unknown): readonly ElectionSummary[] {
  return objectsIn(asObject(body)?.elections).flatMap((item) => {
    const id = asText(item.id);
    const status = asStatus(item.status);
    if (id === undefined || status === undefined) return [];
    return [{ id, title: asText(item.title) ?? id, status, createdAt: asCount(item.createdAt) }];
  });
}

/** The body of `GET /v1/elections/{id}/result?detail=partitions`. */
export function parseResult(body: unknown): ResultFigures | undefined {
  const json = asObject(body);
  const election = asText(json?.election);
  const status = asStatus(json?.status);
  if (json === undefined || election === undefined || status === undefined) return undefined;
  if (!Array.isArray(json.result)) return undefined;
  return {
    election,
    title: asText(json.title) ?? election,
    status,
    official: json.official === true,
    revision: asCount(json.revision),
    counted: asCount(json.counted),
    rejected: countsIn(json.rejected),
    retriesAbsorbed: asCount(json.retriesAbsorbed),
    result: parseRows(json.result),
    partitions: asCount(json.partitions),
    sealedPartitions: asCount(json.sealedPartitions),
    digest: asText(json.digest) ?? null,
    watermarks: parseWatermarks(json.watermarks),
    stale: json.stale === true,
    asOf: json.stale === true ? asCount(json.asOf) : null,
  };
}

/** Numbers by name; whatever is none counts as 0. */
export function countsIn(value: unknown): Readonly<Record<string, number>> {
  const reasons = Object.entries(asObject(value) ?? {});
  return Object.fromEntries(reasons.map(([reason, votes]) => [reason, asCount(votes)]));
}

/** Shares are derived here: one rounding and one rule for no votes, whatever serve does. */
function parseRows(value: unknown): readonly TallyRow[] {
  const rows = objectsIn(value).flatMap((item) => {
    const candidate = asText(item.candidate);
    if (candidate === undefined) return [];
    const votes = asCount(item.votes);
    return [{ candidate, name: asText(item.name) ?? candidate, votes }];
  });
  const total = rows.reduce((sum, row) => sum + row.votes, 0);
  return rows.map((row) => ({ ...row, share: total === 0 ? 0 : row.votes / total }));
}

function parseWatermarks(value: unknown): readonly Watermark[] {
  return objectsIn(value).map((item) => ({
    partition: asCount(item.partition),
    sequence: asCount(item.sequence),
    position: asCount(item.position),
    sealed: item.sealed === true,
  }));
}
