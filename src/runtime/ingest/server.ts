import type { VoterElection } from "../contracts/http/election.js";
import type { Election } from "../core/election.js";
import { CachedRead } from "../http/cached-read.js";
import type { ConnectionLimits } from "../http/connections/connection-limits.js";
import { addProbes, createHttpServer, type HttpServer } from "../http/server.js";
import { addStatus } from "../http/status.js";
import { addVoteKeys } from "../http/vote-keys.js";
import { openTokenVerifier, type TokenVerifier } from "../keys/tokens.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { Clock } from "../time/clock.js";
import { addBatchRoute } from "./batch.js";
import { BodyBudget } from "./body-budget.js";
import { allowOrigins } from "./cross-origin.js";
import type { ElectionCache } from "./election/election-cache.js";
import { type IntakeOptions, openIntake } from "./intake.js";
import { addSingleRoute } from "./single.js";

export interface IngestOptions extends ConnectionLimits, IntakeOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Verifies the tokens. Default: HS256 with the key directory's own secret. */
  readonly verifier?: TokenVerifier;
  /** Bytes of all batches under way; beyond it, further ones are refused. Default 256 MiB. */
  readonly maxBatchBytes?: number;
  /** Pages that may send ballots from a browser, by their origin. Default: none. */
  readonly allowOrigins?: readonly string[];
  /** Reported in the status. */
  readonly stores?: StoreChecks;
  readonly logger?: Logger;
}

export interface RunningIngest {
  readonly url: string;
  readonly port: number;
  /** Takes no more ballots, answers every waiting request, then closes. */
  stop(): Promise<void>;
}

/**
 * The HTTP edge: takes ballots, makes them durable in the log and answers with their position. It
 * never counts.
 *
 * @throws VoteError `port-in-use`, `invalid-usage` for text that is not an origin, or
 *   `data-directory-unusable` if the token secret cannot be read
 */
export async function startIngest(options: IngestOptions): Promise<RunningIngest> {
  const { keys, clocks, host, port, logger } = options;
  const { maxConnections, maxConnectionsPerAddress } = options;
  const server = createHttpServer({
    ...{ maxConnections, maxConnectionsPerAddress },
    onUnexpected: (error) => logger?.error({ err: error }, "request failed unexpectedly"),
  });
  const intake = await openIntake(options);
  const { elections, batcher } = intake;
  const context = {
    server,
    verifier: options.verifier ?? (await openTokenVerifier(keys)),
    bodies: new BodyBudget(options.maxBatchBytes ?? 256 * 2 ** 20),
    ...intake,
  };
  allowOrigins(server, options.allowOrigins ?? []);
  addSingleRoute(context);
  addBatchRoute(context);
  addElectionRoute(server, elections);
  addVoteKeys(server, allElections(options, intake.clock));
  addProbes(server, () => {
    clocks.requireRight();
    if (batcher.failure !== undefined) throw batcher.failure;
  });
  const { stores } = options;
  addStatus(server, { role: "ingest", stores, clocks, metrics: () => batcher.metrics });
  const bound = await server.listen({ host, port });
  return {
    ...bound,
    stop: () => server.stop(() => batcher.drained(), (options.retryForMs ?? 10_000) + 2_000),
  };
}

/** However often anybody asks, the registry is asked once in this time. */
const keysMaxAgeMs = 1_000;

function allElections({ registry, logger }: IngestOptions, clock: Clock): CachedRead<Election[]> {
  return new CachedRead({
    load: () => registry.list(),
    maxAgeMs: keysMaxAgeMs,
    now: () => clock.now(),
    onFailure: (error) => logger?.warn({ err: error }, "the elections' keys are stale"),
  });
}

/** `GET /v1/elections/:id`: the public fields of an election. */
function addElectionRoute({ app }: HttpServer, elections: ElectionCache): void {
  app.get<{ Params: { id: string } }>("/v1/elections/:id", async (request) =>
    publicFields((await elections.get(request.params.id)).election),
  );
}

function publicFields(election: Election): VoterElection {
  const { id, instance, title, candidates, status, partitions } = election;
  const { createdAt, openedAt, closedAt, certifiedAt } = election;
  return {
    ...{ id, instance, title, candidates, status, partitions },
    ...{ createdAt, openedAt, closedAt, certifiedAt },
  };
}
