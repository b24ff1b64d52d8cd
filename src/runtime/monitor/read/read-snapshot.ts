import { electionListSchema } from "../../contracts/http/election.js";
import { type DetailedResult, resultSchema } from "../../contracts/http/result.js";
import {
  chooseElection,
  type ElectionSummary,
  type Snapshot,
  type WatchedResult,
} from "../state/snapshot.js";
import { detailOf, type GetJson, type GetJsonOptions, jsonGetter, readBody } from "./get-json.js";
import { type RoleAddress, readRoles } from "./read-roles.js";

interface SnapshotSource extends GetJsonOptions {
  readonly serveUrl: string;
  readonly ingestUrl?: string;
  /** Where the tallies serve their status. */
  readonly tallyUrls?: readonly string[];
  readonly adminUrl?: string;
  /** Undefined: the newest open election, else the newest one. */
  readonly election: string | undefined;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** Reads everything once. It does not reject for what it reads: the snapshot says what failed. */
async function readSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const now = source.now ?? Date.now;
  const get = jsonGetter(source);
  const [read, { elections, problem: listProblem }] = await Promise.all([
    readRoles(addressesOf(source), get, now),
    readElections(source.serveUrl, get),
  ]);
  const election = source.election ?? chooseElection(elections);
  const nothing = { at: now(), election: election ?? null, elections, result: null, ...read };
  // Another request to an unreachable serve would only double the wait.
  if (listProblem !== undefined) return { ...nothing, problem: listProblem };
  if (election === undefined) return { ...nothing, problem: "There is no election yet." };
  const { result, problem } = await readResult(source.serveUrl, election, get);
  const known = problem === undefined ? null : withKnown(problem, elections, election);
  return { ...nothing, at: now(), result: result ?? null, problem: known };
}

/** Reads everything; an election that is named stays the one to read. */
export type ReadSnapshot = (election?: string) => Promise<Snapshot>;

/**
 * Makes a reader for watching. It keeps the election that it chose first, so that the screen does
 * not jump to another one when this one closes.
 */
export function snapshotReader(source: SnapshotSource): ReadSnapshot {
  let election = source.election;
  return async (chosen) => {
    election = chosen ?? election;
    const snapshot = await readSnapshot({ ...source, election });
    election ??= snapshot.result?.election;
    return snapshot;
  };
}

/** In the order of the pipeline. */
function addressesOf(source: SnapshotSource): readonly RoleAddress[] {
  const { ingestUrl, tallyUrls = [], serveUrl, adminUrl } = source;
  return [
    ...(ingestUrl === undefined ? [] : [{ role: "ingest", url: ingestUrl } as const]),
    ...tallyUrls.map((url) => ({ role: "tally", url }) as const),
    { role: "serve", url: serveUrl },
    ...(adminUrl === undefined ? [] : [{ role: "admin", url: adminUrl } as const]),
  ];
}

async function readElections(
  serveUrl: string,
  get: GetJson,
): Promise<{ elections: readonly ElectionSummary[]; problem?: string }> {
  const answer = await get(serveUrl, "/v1/elections");
  if (!answer.reached) return { elections: [], problem: notReached(serveUrl, answer.why) };
  if (answer.status !== 200) {
    const detail = detailOf(answer.body, answer.status);
    return { elections: [], problem: `Serve at ${serveUrl} lists no elections: ${detail}` };
  }
  const read = readBody(electionListSchema, answer.body, `serve at ${serveUrl}`);
  if ("problem" in read) return { elections: [], ...read };
  const summaries = read.body.elections.map(({ id, title, status, createdAt, closesAt }) => {
    return { id, title, status, createdAt, ...(closesAt === undefined ? {} : { closesAt }) };
  });
  return { elections: summaries };
}

async function readResult(
  serveUrl: string,
  election: string,
  get: GetJson,
): Promise<{ result?: WatchedResult; problem?: string }> {
  const path = `/v1/elections/${encodeURIComponent(election)}/result?detail=partitions`;
  const answer = await get(serveUrl, path);
  if (!answer.reached) return { problem: notReached(serveUrl, answer.why) };
  if (answer.status !== 200) return { problem: detailOf(answer.body, answer.status) };
  const read = readBody(resultSchema, answer.body, `serve at ${serveUrl}`);
  return "problem" in read ? read : { result: watchedResult(read.body) };
}

const notReached = (serveUrl: string, why: string) =>
  `Serve at ${serveUrl} cannot be reached: ${why}.`;

/** Fills in what serve leaves out. */
function watchedResult({ certifiedAt: _, ...result }: DetailedResult): WatchedResult {
  const { digest = null, watermarks = [], stale = false, asOf = null, behind = null } = result;
  return { ...result, digest, watermarks, stale, asOf, behind };
}

/** Adds the elections there are, for an election that was misspelt. */
function withKnown(
  problem: string,
  elections: readonly ElectionSummary[],
  election: string,
): string {
  if (elections.some(({ id }) => id === election)) return problem;
  const ids = elections.slice(0, 10).map(({ id }) => id);
  return ids.length === 0 ? problem : `${problem} There is: ${ids.join(", ")}.`;
}
