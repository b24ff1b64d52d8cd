import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import {
  createElection,
  type Election,
  type ElectionSchedule,
  withStatus,
} from "../../../src/runtime/core/election.js";
import { type Frame, openFrame } from "../../../src/runtime/core/formats/frame.js";
import { hostSigners } from "../../../src/runtime/elections/host-signers.js";
import {
  type IngestOptions,
  type RunningIngest,
  startIngest,
} from "../../../src/runtime/ingest/server.js";
import { issueToken, type TokenScope } from "../../../src/runtime/keys/tokens.js";
import type { Log } from "../../../src/runtime/log/port.js";
import type { Registry } from "../../../src/runtime/registry/port.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { identityOf } from "../../helpers/data/identity.js";

export const partitions = 4;

/** A running ingest over the real embedded engine in a directory of its own. */
export interface Bench {
  readonly dataDir: string;
  readonly engine: Engine;
  readonly ingest: RunningIngest;
  readonly secret: Buffer;
  /** Those that its tokens are for: they are added here. */
  readonly elections: string[];
  token(subject: string, scope?: TokenScope, expiresInSeconds?: number): string;
  election(id: string, status?: Election["status"], more?: ElectionExtras): Promise<Election>;
  setStatus(id: string, status: Election["status"]): Promise<void>;
  frames(election: string): Promise<(Frame & { readonly position: number })[]>;
  stop(): Promise<void>;
}

export interface BenchOptions extends Partial<IngestOptions> {
  /** Puts something between the ingest and the real log. */
  readonly wrapLog?: ((log: Log) => Log) | undefined;
  readonly wrapRegistry?: ((registry: Registry) => Registry) | undefined;
}

type ElectionExtras = ElectionSchedule & Pick<Election, "tokens">;

export async function startBench(given: BenchOptions = {}): Promise<Bench> {
  const { wrapLog, wrapRegistry, ...options } = given;
  const dataDir = await mkdtemp(join(tmpdir(), "vote-ingest-"));
  const engine = await openEngine({ engine: "embedded", dataDir });
  const log = wrapLog === undefined ? engine.log : wrapLog(engine.log);
  const registry = wrapRegistry?.(engine.registry) ?? engine.registry;
  const stores = { ...engine, log, registry };
  const ingest = await startIngest({ ...stores, host: "127.0.0.1", port: 0, ...options });
  const secret = await engine.keys.tokenSecret();
  const elections: string[] = [];
  return {
    dataDir,
    engine,
    ingest,
    secret,
    elections,
    token: (subject, scope = "vote", expiresInSeconds = 60) =>
      issueToken({
        ...{ secret, subject, scope, expiresInSeconds, nowMs: Date.now() },
        election: elections,
      }),
    election(id, status = "open", more = {}) {
      elections.push(id);
      return addElection(engine, id, status, more);
    },
    async setStatus(id, status) {
      const election = await engine.registry.get(id);
      await engine.registry.replace(withStatus(election!, status, Date.now()));
    },
    frames: (election) => framesOf(engine, election),
    async stop() {
      await ingest.stop();
      await engine.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

async function addElection(
  engine: Engine,
  id: string,
  status: Election["status"],
  more: ElectionExtras,
) {
  let election = createElection({
    id,
    title: "Lunch",
    candidates: [
      { id: "soup", name: "Soup" },
      { id: "salad", name: "Salad" },
    ],
    partitions,
    ...identityOf(id),
    ...(await engine.keys.createElectionKey()),
    signers: await hostSigners(engine.keys, Date.now()),
    createdAt: Date.now(),
    ...more,
  });
  await engine.registry.create(election);
  for (const next of ["open", "closed"] as const) {
    if (status === "draft" || election.status === status) break;
    election = withStatus(election, next, Date.now());
    await engine.registry.replace(election);
  }
  return election;
}

async function framesOf(engine: Engine, election: string) {
  const frames: (Frame & { readonly position: number })[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (const { position, bytes } of await engine.log.read(election, partition, 0, 2 ** 30)) {
      frames.push({ ...openFrame(bytes, `${election} ${partition} ${position}`), position });
    }
  }
  return frames;
}

export interface Post {
  readonly token?: string;
  readonly body?: string | Buffer;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

export function post(url: string, { token, body, type, headers }: Post): Promise<Response> {
  return fetch(url, {
    method: "POST",
    body: body === undefined ? undefined : Buffer.from(body),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { "content-type": type }),
      ...headers,
    },
  });
}

/** One voter's ballot as a client sends it. */
export function vote(bench: Bench, election: string, post1: Post): Promise<Response> {
  const url = `${bench.ingest.url}/v1/elections/${election}/ballots`;
  return post(url, { type: "application/json", ...post1 });
}

export function batch(bench: Bench, election: string, post1: Post): Promise<Response> {
  const url = `${bench.ingest.url}/v1/elections/${election}/ballots:batch`;
  return post(url, {
    type: "application/x-ndjson",
    token: bench.token("gate", "gateway"),
    ...post1,
  });
}

/** Checks that a response is problem+json as promised. @returns its `code` */
export async function problemCode(response: Response): Promise<string> {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = (await response.json()) as Record<string, unknown>;
  expect(body).toMatchObject({
    type: `urn:vote:error:${body.code}`,
    status: response.status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  if (response.status === 503) expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
  if (response.status === 401) {
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
  }
  return `${response.status} ${body.code}`;
}
