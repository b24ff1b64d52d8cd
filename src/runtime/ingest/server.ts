import type { VoterElection } from "../contracts/http/election.js";
import type { Election } from "../core/election.js";
import { CachedRead } from "../http/cached-read.js";
import type { ConnectionLimits } from "../http/connections/connection-limits.js";
import { limitAddresses } from "../http/limits/address-limit.js";
import { eventLoopDelayMs, Overload } from "../http/limits/overload.js";
import { addProbes, createHttpServer, type HttpAddress, type HttpServer } from "../http/server.js";
import { addStatus, listenAndTell } from "../http/status.js";
import { addVoteKeys } from "../http/vote-keys.js";
import { openTokenVerifier } from "../keys/authentication/open-verifier.js";
import type { TokenVerifier } from "../keys/authentication/token-verifier.js";
import type { LedgerReader } from "../ledger/port.js";
import type { Registry } from "../registry/port.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import { systemChance } from "../time/chance.js";
import { type Clock, every, systemClock, within } from "../time/clock.js";
import { BallotLimits, type BallotRates } from "./ballot-limits.js";
import { addBatchRoute } from "./batch.js";
import { BodyBudget } from "./bodies/body-budget.js";
import type { IngestContext } from "./context.js";
import { allowOrigins } from "./cross-origin.js";
import { addDecisionRoute } from "./decision.js";
import type { ElectionCache } from "./election/election-cache.js";
import { GatewayShares } from "./gateway-shares.js";
import { type IntakeOptions, openIntake } from "./intake.js";
import { ProofGate } from "./proof-of-work.js";
import { addSingleRoute } from "./single.js";

export interface IngestOptions extends ConnectionLimits, IntakeOptions {
  /** Voters ask it what has become of their ballots. */
  readonly ledger: LedgerReader;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Verifies the tokens. Default: HS256 with the key directory's own secret. */
  readonly verifier?: TokenVerifier;
  /** Bytes of all batches under way; beyond it, further ones are refused. Default 256 MiB. */
  readonly maxBatchBytes?: number;
  readonly rates?: BallotRates;
  /** While turns of the event loop take longer on average, ballots are refused. Default 2,000. */
  readonly maxEventLoopDelayMs?: number;
  /** How long they take. Default: as measured. */
  readonly loopDelayMs?: () => number;
  /** Pages that may send ballots from a browser, by their origin. Default: none. */
  readonly allowOrigins?: readonly string[];
  /** Where Prometheus finds it. Default: nowhere. */
  readonly metricsAt?: HttpAddress | undefined;
  /** Reported in the status. */
  readonly stores?: StoreChecks;
  readonly logger?: Logger;
}

export interface RunningIngest {
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string | undefined;
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
  const { maxConnections, maxConnectionsPerAddress, trustedProxies } = options;
  const server = createHttpServer({
    ...{ maxConnections, maxConnectionsPerAddress, trustedProxies },
    onUnexpected: (error) => logger?.error({ err: error }, "request failed unexpectedly"),
  });
  const intake = await openIntake(options);
  const { elections, batcher } = intake;
  const { maxEventLoopDelayMs = 2_000, loopDelayMs = eventLoopDelayMs() } = options;
  const overload = new Overload({ load: () => loopDelayMs() / maxEventLoopDelayMs });
  const limits = new BallotLimits(options.rates ?? {}, intake.clock);
  const context = {
    server,
    limits,
    gateways: new GatewayShares(),
    proofs: new ProofGate(keys, intake.clock, options.chance ?? systemChance),
    admit() {
      // Before the token, whose times a wrong clock misjudges.
      clocks.requireRight();
      overload.requireNone();
      batcher.requireRoom(1);
      limits.requireSome();
    },
    verifier: options.verifier ?? (await openTokenVerifier(keys)),
    bodies: new BodyBudget(options.maxBatchBytes ?? 256 * 2 ** 20),
    ...intake,
  };
  allowOrigins(server, options.allowOrigins ?? []);
  limitAddresses(server, options.maxRequestsPerSecondPerAddress, intake.clock);
  addSingleRoute(context);
  addBatchRoute(context);
  addDecisionRoute(context, options.ledger);
  addElectionRoute(server, elections);
  addVoteKeys(server, allElections(options, intake.clock));
  addProbes(server, () => {
    clocks.requireRight();
    context.verifier.requireReady();
    if (batcher.failure !== undefined) throw batcher.failure;
    overload.requireNone();
  });
  const { stores } = options;
  const metrics = () => metricsOf(context);
  const { durations } = batcher;
  const scrape = addStatus(server, { role: "ingest", stores, clocks, metrics, durations });
  const stopComparing = await compareClocks(options.registry);
  const stopTimers = () => {
    stopComparing();
    overload.stop();
  };
  try {
    const bound = await listenAndTell(server, { host, port }, options.metricsAt, scrape);
    return {
      ...bound,
      async stop() {
        stopTimers();
        await bound.stop(() => batcher.drained(), (options.retryForMs ?? 10_000) + 2_000);
      },
    };
  } catch (error) {
    stopTimers();
    throw error;
  }
}

function metricsOf({ batcher, verifier, gateways: { all: gateways } }: IngestContext) {
  const issuers = verifier.issuers();
  return {
    ...batcher.metrics,
    ...(issuers.length > 0 && { issuers }),
    ...(gateways.length > 0 && { gateways }),
  };
}

const compareClocksEveryMs = 5_000;
/** A registry that is down keeps no ingest from starting. */
const firstAnswerWithinMs = 2_000;

/**
 * Asks the registry now and then, because any answer says what time it is there. A
 * process whose clock is wrong believes no token, and would have no other reason to ask.
 *
 * @returns what ends it, once the first answer is there
 */
async function compareClocks(registry: Registry): Promise<() => void> {
  const ask = () => registry.list().catch(() => undefined);
  await within(firstAnswerWithinMs, ask(), systemClock);
  return every(systemClock, compareClocksEveryMs, () => void ask());
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
