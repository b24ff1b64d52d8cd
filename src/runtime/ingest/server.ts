import { randomBytes } from "node:crypto";
import type { VoterElection } from "../contracts/http/election.js";
import type { Election } from "../core/election.js";
import { requireTrusted } from "../core/trust.js";
import type { ConnectionLimits } from "../http/connection-limits.js";
import { addProbes, createHttpServer, type HttpServer } from "../http/server.js";
import { addStatus } from "../http/status.js";
import type { KeyDirectory } from "../keys/key-directory.js";
import { openTokenVerifier, type TokenVerifier } from "../keys/tokens.js";
import type { Log } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { ClockCheck } from "../time/clock-check.js";
import { addBatchRoute } from "./batch.js";
import { BodyBudget } from "./body-budget.js";
import { allowOrigins } from "./cross-origin.js";
import { Deadline } from "./election/deadline.js";
import { ElectionCache } from "./election/election-cache.js";
import { BallotDraft } from "./gather/ballot-draft.js";
import { Batcher, type BatcherOptions } from "./gather/batcher.js";
import { addSingleRoute } from "./single.js";

export interface IngestOptions
  extends ConnectionLimits,
    Pick<
      BatcherOptions,
      "maxLingerMs" | "maxRoundMs" | "retryForMs" | "maxWaitingBallots" | "maxWaitingRequests"
    > {
  readonly log: Log;
  readonly registry: Registry;
  readonly keys: KeyDirectory;
  /** With a wrong clock it takes no ballots. */
  readonly clocks: ClockCheck;
  /** Default: the machine's. */
  readonly clock?: Clock;
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
  const { registry, keys, clocks, host, port, logger } = options;
  const { clock = systemClock } = options;
  const { maxConnections, maxConnectionsPerAddress } = options;
  const server = createHttpServer({
    ...{ maxConnections, maxConnectionsPerAddress },
    onUnexpected: (error) => logger?.error({ err: error }, "request failed unexpectedly"),
  });
  const framesKey = await keys.signingKey("frames");
  const elections = new ElectionCache({
    registry,
    electionKey: async (election) => {
      const key = await keys.electionKey(election);
      requireTrusted(election, framesKey, "frames");
      return key;
    },
    clock,
  });
  const batcher = new Batcher({
    ...options,
    clock,
    deadline: new Deadline({ elections, clocks, clock }),
    producerId: randomBytes(16),
    framesKey,
  });
  const context = {
    server,
    verifier: options.verifier ?? (await openTokenVerifier(keys)),
    elections,
    batcher,
    bodies: new BodyBudget(options.maxBatchBytes ?? 256 * 2 ** 20),
    draft: new BallotDraft(),
    ...{ clock, clocks },
  };
  allowOrigins(server, options.allowOrigins ?? []);
  addSingleRoute(context);
  addBatchRoute(context);
  addElectionRoute(server, elections);
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
