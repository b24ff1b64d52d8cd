import { fork } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ownTokensArgs } from "../../config/engine-choice.js";
import type { HostFacts } from "../../contracts/load/host-facts.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { openFrame } from "../../core/formats/frame.js";
import { issueToken, type TokenScope } from "../../keys/tokens.js";
import { postRequest } from "../../load/send/http/http-message.js";
import { startRole } from "../../processes/role-process.js";
import { cpuSecondsOfAll } from "../../telemetry/cpu.js";
import { hostFacts } from "../../telemetry/host.js";
import { noWatch, type WorkWatch, watchSeconds } from "../../telemetry/work-watch.js";
import type { Engine } from "../../wiring/engine.js";
import { scratchElection, withScratchEngine } from "../scratch/scratch.js";
import { type ClosedLoopResult, closedLoop } from "./ingest-client.js";

/** Options of `benchIngest`. */
export interface IngestBenchOptions {
  /** How long each of the three measurements lasts. */
  readonly seconds: number;
  /** Keep-alive connections of the single ballots, each with one request under way. Default 128. */
  readonly connections?: number;
  /** Hears how far it has come. */
  readonly watch?: WorkWatch;
}

export interface IngestBenchRecord {
  readonly bench: "ingest";
  readonly engine: "embedded";
  /** One ballot a request, HS256, answered once durable; one ingest process. */
  readonly single: {
    readonly requestsPerSecond: number;
    /** By the CPU time of the ingest process alone. */
    readonly requestsPerCpuSecond: number;
    readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
  };
  /** The same requests to a Fastify server that does nothing. */
  readonly bareFastify: { readonly requestsPerSecond: number };
  /** Batches of 10,000 ballots, each answered line by line once durable. */
  readonly batch: { readonly votesPerSecond: number };
  /** CPU time of client and ingest, over `single` and `batch`. */
  readonly cpuSeconds: number;
  readonly host: HostFacts;
}

const partitions = 8;
const warmUpSeconds = 1;
const voters = 20_000;
const batchBallots = 10_000;
const batches = 16;
const batchConnections = 4;

/**
 * Measures real HTTP from a client in this process against `vote ingest` in another.
 *
 * @throws VoteError `recount-mismatch` if the log does not hold every ballot answered with 202
 */
export function benchIngest(options: IngestBenchOptions): Promise<IngestBenchRecord> {
  const { seconds, connections = 128, watch = noWatch } = options;
  return withScratchEngine(async (engine, choice) => {
    const election = await scratchElection(engine, partitions);
    const secret = await engine.keys.tokenSecret();
    const singles = singleRequests(election, secret);
    const lasts = warmUpSeconds + seconds;
    const bare = await watchSeconds(watch, "A bare Fastify server", lasts, () =>
      measureBare(singles, connections, seconds),
    );
    const listening = ["--data-dir", choice.dataDir, "--port", "0", "--log-level", "warn"];
    const args = [...listening, ...ownTokensArgs(choice)];
    const ingest = await startRole({ role: "ingest", args });
    try {
      const port = Number(new URL(ingest.url ?? "").port);
      const pids = [process.pid, ingest.pid];
      const warmUp = { port, requests: singles, connections, expected: 202 };
      const warm = await closedLoop({ ...warmUp, seconds: warmUpSeconds });
      const cpu = [await cpuSecondsOfAll(pids), await cpuSecondsOfAll([ingest.pid])];
      const single = await watchSeconds(watch, "Single ballots", seconds, () =>
        closedLoop({ ...warmUp, seconds }),
      );
      const singleCpuSeconds = (await cpuSecondsOfAll([ingest.pid])) - cpu[1];
      const requests = batchRequests(election, secret);
      const inBatches = { port, requests, connections: batchConnections, expected: 200, seconds };
      const batch = await watchSeconds(watch, "Batches", seconds, () => closedLoop(inBatches));
      const cpuSeconds = (await cpuSecondsOfAll(pids)) - cpu[0];
      for (const result of [warm, single, batch]) requireExpected(result);
      const acknowledged = warm.answered + single.answered + batch.answered * batchBallots;
      await requireStored(engine, election, acknowledged);
      return {
        bench: "ingest",
        engine: "embedded",
        single: {
          requestsPerSecond: single.answered / single.seconds,
          requestsPerCpuSecond: single.answered / singleCpuSeconds,
          latencyMs: quantiles(single.latenciesMs),
        },
        bareFastify: { requestsPerSecond: bare.answered / bare.seconds },
        batch: { votesPerSecond: (batch.answered * batchBallots) / batch.seconds },
        cpuSeconds,
        host: hostFacts(),
      };
    } finally {
      await ingest.stop();
    }
  });
}

async function measureBare(
  requests: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<ClosedLoopResult> {
  // The same folder and ending as this file: run from dist, or from the sources.
  const script = new URL(`./bare-fastify${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(script));
  try {
    const ended = once(child, "exit").then(() => {
      throw new Error("the bare server ended before it listened");
    });
    const [{ port }] = (await Promise.race([once(child, "message"), ended])) as [{ port: number }];
    const load = { port, requests, connections, expected: 202 };
    await closedLoop({ ...load, seconds: warmUpSeconds });
    const result = await closedLoop({ ...load, seconds });
    requireExpected(result);
    return result;
  } finally {
    child.kill();
  }
}

function tokenFor(secret: Buffer, subject: string, scope: TokenScope, election: string): string {
  const times = { expiresInSeconds: 3_600, nowMs: Date.now() };
  return issueToken({ secret, subject, scope, election, ...times });
}

/** Each voter has a token of its own, so nothing can be answered from a cache. */
function singleRequests({ id, candidates }: Election, secret: Buffer): Buffer[] {
  return Array.from({ length: voters }, (_, index) =>
    requestOf(
      `/v1/elections/${id}/ballots`,
      tokenFor(secret, `voter-${index}`, "vote", id),
      "application/json",
      JSON.stringify({ choice: candidates[index % candidates.length].id }),
    ),
  );
}

function batchRequests({ id, candidates }: Election, secret: Buffer): Buffer[] {
  const token = tokenFor(secret, "gateway", "gateway", id);
  return Array.from({ length: batches }, (_, batch) => {
    const lines = Array.from({ length: batchBallots }, (_, index) => {
      const voter = `voter-${batch * batchBallots + index}`;
      return `${JSON.stringify({ voter, choice: candidates[index % candidates.length].id })}\n`;
    });
    const path = `/v1/elections/${id}/ballots:batch`;
    return requestOf(path, token, "application/x-ndjson", lines.join(""));
  });
}

function requestOf(path: string, token: string, contentType: string, body: string): Buffer {
  const headers = `Authorization: Bearer ${token}\r\nContent-Type: ${contentType}\r\n`;
  return Buffer.from(postRequest({ authority: "127.0.0.1" }, path, headers, body));
}

function requireExpected({ unexpected }: ClosedLoopResult): void {
  if (unexpected === undefined) return;
  throw new VoteError("recount-mismatch", `An answer was not as expected: ${unexpected}`);
}

async function requireStored(engine: Engine, election: Election, acknowledged: number) {
  let stored = 0;
  for (let partition = 0; partition < election.partitions; partition++) {
    for (let position = 0; ; ) {
      const records = await engine.log.read(election.id, partition, position, 4 * 2 ** 20);
      if (records.length === 0) break;
      for (const { bytes } of records) stored += openFrame(bytes, "bench").ballotCount;
      position = records[records.length - 1].position + 1;
    }
  }
  if (stored === acknowledged) return;
  throw new VoteError(
    "recount-mismatch",
    `${acknowledged} ballots were acknowledged, but the log holds ${stored}.`,
  );
}

function quantiles(ascending: Float64Array) {
  const at = (share: number) => ascending[Math.floor((ascending.length - 1) * share)];
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
