import { parseElections, parseResult } from "./parse.js";
import {
  chooseElection,
  type ElectionSummary,
  type ResultFigures,
  type RoleHealth,
  type Snapshot,
} from "./snapshot.js";

export interface SnapshotSource {
  readonly serveUrl: string;
  readonly ingestUrl?: string;
  /** Undefined: the newest open election, else the newest one. */
  readonly election: string | undefined;
  /** Per request; default 2,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

type Answer =
  | { readonly reached: true; readonly status: number; readonly body: unknown }
  | { readonly reached: false; readonly why: string };

type Get = (base: string, path: string) => Promise<Answer>;

/** One look at everything. Does not reject for what it reads: the snapshot says what failed. */
export async function readSnapshot(source: SnapshotSource): Promise<Snapshot> {
  const now = source.now ?? Date.now;
  const get = getterOf(source);
  const [roles, { elections, problem: listProblem }] = await Promise.all([
    readRoles(source, get, now),
    readElections(source.serveUrl, get),
  ]);
  const election = source.election ?? chooseElection(elections);
  const nothing = { at: now(), election: election ?? null, elections, result: null, roles };
  // Asking again what just could not be reached would only double the wait.
  if (listProblem !== undefined) return { ...nothing, problem: listProblem };
  if (election === undefined) return { ...nothing, problem: "There is no election yet." };
  const { result, problem } = await readResult(source.serveUrl, election, get);
  const known = problem === undefined ? null : withKnown(problem, elections, election);
  return { ...nothing, at: now(), result: result ?? null, problem: known };
}

/**
 * A reader for watching: like `readSnapshot`, but the election chosen at first stays chosen, so
 * that the screen does not jump to another one when this one closes.
 */
export function snapshotReader(source: SnapshotSource): () => Promise<Snapshot> {
  let election = source.election;
  return async () => {
    const snapshot = await readSnapshot({ ...source, election });
    election ??= snapshot.result?.election;
    return snapshot;
  };
}

function getterOf(source: SnapshotSource): Get {
  const send = source.fetch ?? fetch;
  const timeoutMs = source.timeoutMs ?? 2_000;
  return async (base, path) => {
    try {
      const url = `${base.replace(/\/+$/, "")}${path}`;
      const response = await send(url, {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      return { reached: true, status: response.status, body: parsed(text) };
    } catch (error) {
      return { reached: false, why: reasonOf(error, timeoutMs) };
    }
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Some other server may answer at this address; what it says is then not understood.
    return undefined;
  }
}

/** fetch says "fetch failed"; the code below it says why. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") {
    return cause.code === "ECONNREFUSED" ? "connection refused" : cause.code;
  }
  return cause instanceof Error ? cause.message : error.message;
}

async function readRoles(
  source: SnapshotSource,
  get: Get,
  now: () => number,
): Promise<readonly RoleHealth[]> {
  const ingest =
    source.ingestUrl === undefined ? [] : [readRole("ingest", source.ingestUrl, get, now)];
  return Promise.all([...ingest, readRole("serve", source.serveUrl, get, now)]);
}

async function readRole(
  role: RoleHealth["role"],
  url: string,
  get: Get,
  now: () => number,
): Promise<RoleHealth> {
  const startedAt = now();
  const answer = await get(url, "/readyz");
  if (!answer.reached) {
    return { role, url, state: "unreachable", latencyMs: null, detail: answer.why };
  }
  const ready = answer.status === 200;
  const detail = ready ? "" : detailOf(answer.body, answer.status);
  const state = ready ? "ready" : "not-ready";
  return { role, url, state, latencyMs: Math.max(0, now() - startedAt), detail };
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

/** A problem+json's detail, or the bare status. */
function detailOf(body: unknown, status: number): string {
  const problem = typeof body === "object" && body !== null ? body : {};
  if ("detail" in problem && typeof problem.detail === "string") return problem.detail;
  return `it answered ${status} with something that is not understood.`;
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
