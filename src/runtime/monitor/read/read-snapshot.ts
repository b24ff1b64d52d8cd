import {
  chooseElection,
  type ElectionSummary,
  type ResultFigures,
  type Snapshot,
} from "../state/snapshot.js";
import { type AskingOptions, detailOf, type Get, getterOf } from "./asking.js";
import { parseElections, parseResult } from "./parse.js";
import { type RoleAddress, readRoles } from "./read-roles.js";

export interface SnapshotSource extends AskingOptions {
  readonly serveUrl: string;
  readonly ingestUrl?: string;
  /** Where tallies have their status. */
  readonly tallyUrls?: readonly string[];
  readonly adminUrl?: string;
  /** Undefined: the newest open election, else the newest one. */
  readonly election: string | undefined;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

/** One look at everything. Does not reject for what it reads: the snapshot says what failed. */
export async function readSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const now = source.now ?? Date.now;
  const get = getterOf(source);
  const [read, { elections, problem: listProblem }] = await Promise.all([
    readRoles(addressesOf(source), get, now),
    readElections(source.serveUrl, get),
  ]);
  const election = source.election ?? chooseElection(elections);
  const nothing = { at: now(), election: election ?? null, elections, result: null, ...read };
  // Asking again what just could not be reached would only double the wait.
  if (listProblem !== undefined) return { ...nothing, problem: listProblem };
  if (election === undefined) return { ...nothing, problem: "There is no election yet." };
  const { result, problem } = await readResult(source.serveUrl, election, get);
  const known = problem === undefined ? null : withKnown(problem, elections, election);
  return { ...nothing, at: now(), result: result ?? null, problem: known };
}

/** Reads everything; with an election, that one is read from now on. */
export type ReadSnapshot = (election?: string) => Promise<Snapshot>;

/**
 * A reader for watching: like `readSnapshot`, but the election chosen at first stays chosen, so
 * that the screen does not jump to another one when this one closes.
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
  get: Get,
): Promise<{ elections: readonly ElectionSummary[]; problem?: string }> {
  const answer = await get(serveUrl, "/v1/elections");
  if (!answer.reached) {
    return { elections: [], problem: `Serve at ${serveUrl} cannot be reached: ${answer.why}.` };
  }
  if (answer.status !== 200) {
    const detail = detailOf(answer.body, answer.status);
    return { elections: [], problem: `Serve at ${serveUrl} lists no elections: ${detail}` };
  }
  return { elections: parseElections(answer.body) };
}

async function readResult(
  serveUrl: string,
  election: string,
  get: Get,
): Promise<{ result?: ResultFigures; problem?: string }> {
  const path = `/v1/elections/${encodeURIComponent(election)}/result?detail=partitions`;
  const answer = await get(serveUrl, path);
  if (!answer.reached) {
    return { problem: `Serve at ${serveUrl} cannot be reached: ${answer.why}.` };
  }
  const result = answer.status === 200 ? parseResult(answer.body) : undefined;
  if (result !== undefined) return { result };
  return { problem: detailOf(answer.body, answer.status) };
}

/** A mistyped election is best answered with those there are. */
function withKnown(
  problem: string,
  elections: readonly ElectionSummary[],
  election: string,
): string {
  if (elections.some(({ id }) => id === election)) return problem;
  const ids = elections.slice(0, 10).map(({ id }) => id);
  return ids.length === 0 ? problem : `${problem} There is: ${ids.join(", ")}.`;
}
