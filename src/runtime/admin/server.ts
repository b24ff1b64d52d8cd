import type { FastifyInstance, FastifyRequest } from "fastify";
import {
  electionRequest,
  gatewayRequest,
  proofRequest,
  scheduleRequest,
  signerRequest,
  voidRequest,
} from "../contracts/http/admin-requests.js";
import type { Election } from "../core/election.js";
import type { ConnectionLimits } from "../http/connections/connection-limits.js";
import { limitAddresses } from "../http/limits/address-limit.js";
import { addProbes, createHttpServer } from "../http/server.js";
import { addMetrics, addStatus } from "../http/status.js";
import { nameOf, type TokenVerifier } from "../keys/authentication/token-verifier.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { ClockCheck } from "../time/clock-check.js";
import type { ElectionAdmin } from "./election-admin.js";

interface AdminOptions extends ConnectionLimits {
  readonly admin: ElectionAdmin;
  readonly verifier: TokenVerifier;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** For the status. */
  readonly stores?: StoreChecks;
  /** With a wrong clock it is not ready, and changes nothing. */
  readonly clocks?: ClockCheck;
  readonly logger?: Logger;
}

interface RunningAdmin {
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

/** Room for 256 candidates with long names. */
const maxRequestBytes = 256 * 1_024;

const base = "/v1/admin/elections";

interface OneElection {
  Params: { id: string };
}

/**
 * Starts the admin API: callers whose token has the scope `admin` create, schedule, open and close
 * elections; the token's subject goes into the election's trail. Give it an address that voters
 * cannot reach.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  const { admin, verifier, stores, clocks, host, port, logger } = options;
  const { maxConnections, maxConnectionsPerAddress, trustedProxies } = options;
  const server = createHttpServer({
    maxBodyBytes: maxRequestBytes,
    ...{ maxConnections, maxConnectionsPerAddress, trustedProxies },
    onUnexpected: (error) => logger?.error({ err: error }, "request failed unexpectedly"),
  });
  limitAddresses(server, options.maxRequestsPerSecondPerAddress);
  const who = ({ headers }: FastifyRequest) =>
    nameOf(verifier.verify(headers.authorization, "admin"));
  const changing: Changing = (change) => async (request) => {
    const by = who(request);
    const election = await change(request.params.id, by, request.body);
    logger?.info({ election: election.id, revision: election.revision, by }, "changed");
    return election;
  };
  const { app } = server;
  takeEmptyBodies(app);
  app.get(base, async (request) => {
    who(request);
    return { elections: await admin.list() };
  });
  app.post(base, async (request, reply) => {
    const by = who(request);
    const election = await admin.create(electionRequest(request.body), by);
    logger?.info({ election: election.id, revision: election.revision, by }, "changed");
    return reply.code(201).header("location", `${base}/${election.id}`).send(election);
  });
  app.get<OneElection>(`${base}/:id`, async (request) => {
    who(request);
    return admin.show(request.params.id);
  });
  app.get<OneElection>(`${base}/:id/trail`, async (request) => {
    who(request);
    return admin.trail(request.params.id);
  });
  app.post<OneElection>(
    `${base}/:id/open`,
    changing((id, by) => admin.open(id, by)),
  );
  app.post<OneElection>(`${base}/:id/close`, async (request, reply) => {
    const election = await changing((id, by) => admin.close(id, by))(request);
    // Its end is announced; a timekeeper closes it once that has come.
    return reply.code(election.status === "open" ? 202 : 200).send(election);
  });
  addBodyChanges(app, admin, changing);
  addProbes(server, async () => {
    await admin.list();
    clocks?.requireRight();
  });
  addMetrics(server, addStatus(server, { role: "admin", stores, clocks, metrics: () => ({}) }));
  const bound = await server.listen({ host, port });
  return { ...bound, metricsUrl: `${bound.url}/metrics`, stop: () => server.stop() };
}

/** Makes the handler of a request that changes an election. */
type Changing = (
  change: (id: string, by: string, body: unknown) => Promise<Election>,
) => (request: FastifyRequest<OneElection>) => Promise<Election>;

/** What a body says how to change. */
function addBodyChanges(app: FastifyInstance, admin: ElectionAdmin, changing: Changing): void {
  app.put<OneElection>(
    `${base}/:id/schedule`,
    changing((id, by, body) => admin.schedule(id, scheduleRequest(body), by)),
  );
  app.post<OneElection>(
    `${base}/:id/signers`,
    changing((id, by, body) => admin.trust(id, signerRequest(body), by)),
  );
  app.post<OneElection>(
    `${base}/:id/voided`,
    changing((id, by, body) => admin.voidRecord(id, voidRequest(body), by)),
  );
  app.put<OneElection>(
    `${base}/:id/proof-of-work`,
    changing((id, by, body) => admin.askForProof(id, proofRequest(body).required, by)),
  );
  app.post<OneElection>(
    `${base}/:id/gateways`,
    changing((id, by, body) => admin.judgeGateway(id, gatewayRequest(body), by)),
  );
}

/** Many clients name a type with an empty body, which is all that opening and closing need. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null);
    else void parse(request, String(body), done);
  });
}
