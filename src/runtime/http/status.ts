import { performance } from "node:perf_hooks";
import type { RoleMetrics, RoleName, RoleStatus } from "../contracts/http/status.js";
import { openApiOf } from "../contracts/openapi/document.js";
import { VoteError } from "../core/errors.js";
import type { Durations } from "../metrics/catalogue.js";
import type { Metrics } from "../metrics/exposition.js";
import { isWorker } from "../metrics/workers/channel.js";
import { LastAnswer } from "../metrics/workers/last-answer.js";
import { type StatusReader, tellParent } from "../metrics/workers/tell-parent.js";
import { resourcesOf } from "../telemetry/resources.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { ClockCheck } from "../time/clock-check.js";
import { addProbes, createHttpServer, type HttpAddress, type HttpServer } from "./server.js";

export interface StatusOptions<Role extends RoleName> {
  readonly role: Role;
  /** The stores that this role needs. */
  readonly stores?: StoreChecks | undefined;
  /** How wrong this process's clock is; default: nothing to compare it with. */
  readonly clocks?: Pick<ClockCheck, "errorMs"> | undefined;
  /** Counters since the start, and the current state. */
  readonly metrics: () => RoleMetrics<Role> | Promise<RoleMetrics<Role>>;
  /** What it counts in buckets, for Prometheus. */
  readonly durations?: Durations;
}

/** Reads a role's metrics, as Prometheus takes them. */
type Scrape = () => Promise<{ readonly contentType: string; metrics(): Promise<string> }>;

/** Reads a role's status, with what its server has refused. */
export function statusReader<Role extends RoleName>(
  { role, stores, clocks, metrics, durations = {} }: StatusOptions<Role>,
  server?: Pick<HttpServer, "draining" | "refused">,
): StatusReader<Role> {
  const startedAt = Math.round(performance.timeOrigin);
  const read = async () => {
    const [health, own, resources] = await Promise.all([
      stores?.health() ?? [],
      metrics(),
      resourcesOf(stores?.directory),
    ]);
    const common: Omit<RoleStatus<"admin">, "role"> = {
      pid: process.pid,
      startedAt,
      at: Date.now(),
      draining: server?.draining ?? false,
      clockErrorMs: clocks?.errorMs ?? null,
      refused: server?.refused.asRecord() ?? {},
      ...resources,
      stores: health,
    };
    return { ...common, role, ...own } as RoleStatus<Role>;
  };
  const scrape = async () => {
    // Loaded by the first scrape, because most starts see none.
    const { registryOf } = await import("../metrics/exposition.js");
    return registryOf(role, await read(), durations);
  };
  return { read, scrape };
}

/** Longer than a parent waits for its workers, and less than a monitor for this one. */
const parentAnswersMs = 1_500;

/**
 * Adds `GET /statusz` for operators: which process this is, whether its stores answer, what it
 * refused, and the role's own metrics, without anything about a voter; and `GET /openapi.json`. One
 * of several workers answers for all, with what their parent last said if that has no time: its own
 * counters alone would go down.
 *
 * @returns the same for `addMetrics`, at this server if it is the operators' own
 */
export function addStatus<Role extends RoleName>(
  server: HttpServer,
  options: StatusOptions<Role>,
): () => Promise<Metrics> {
  const reader = statusReader(options, server);
  if (isWorker) tellParent(reader);
  addStatusRoute(server, options.role, isWorker ? statusOfAll<Role>() : reader.read);
  return reader.scrape;
}

/** Reads the status of all workers from their parent. */
function statusOfAll<Role extends RoleName>(): () => Promise<RoleStatus<Role>> {
  const answer = new LastAnswer<RoleStatus<Role>>(process, "status", parentAnswersMs);
  return async () => {
    const { last } = await answer.read();
    if (last !== undefined) return last;
    throw new VoteError("not-running", "The process that started this one does not answer.", {
      hint: "Ask again: it alone knows of all processes of this role.",
    });
  };
}

/** Adds `GET /statusz` with what `read` reads, and `GET /openapi.json`. */
export function addStatusRoute<Role extends RoleName>(
  server: HttpServer,
  role: Role,
  read: () => Promise<RoleStatus<Role>>,
): void {
  server.app.get("/statusz", { exposeHeadRoute: false }, async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return read();
  });
  addDocument(server, role);
}

/** Adds `GET /metrics`: what Prometheus scrapes. */
export function addMetrics({ app }: HttpServer, scrape: Scrape): void {
  app.get("/metrics", { exposeHeadRoute: false }, async (_request, reply) => {
    const metrics = await scrape();
    const body = await metrics.metrics();
    return reply.header("cache-control", "no-store").type(metrics.contentType).send(body);
  });
}

/**
 * Listens for clients at one address and for Prometheus at another: at both, or at none.
 *
 * @param metricsAt none: Prometheus does not find it here
 * @returns a `stop` like the server's, which answers Prometheus to the end
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function listenAndTell(
  server: HttpServer,
  address: HttpAddress,
  metricsAt: HttpAddress | undefined,
  scrape: Scrape,
) {
  const prometheus = metricsAt === undefined ? undefined : await startMetrics(metricsAt, scrape);
  try {
    const bound = await server.listen(address);
    const stop = async (...how: Parameters<HttpServer["stop"]>) => {
      try {
        await server.stop(...how);
      } finally {
        await prometheus?.stop();
      }
    };
    return { ...bound, metricsUrl: prometheus?.url, stop };
  } catch (error) {
    await prometheus?.stop();
    throw error;
  }
}

/**
 * Starts a server with nothing but `GET /metrics`.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startMetrics(address: HttpAddress, scrape: Scrape) {
  const server = createHttpServer();
  addMetrics(server, scrape);
  const { url } = await server.listen({ ...address, flag: "--metrics-port" });
  return { url: `${url}/metrics`, stop: () => server.stop() };
}

/** `GET /openapi.json`: what the role takes and answers. */
function addDocument({ app }: HttpServer, role: RoleName): void {
  let body: string | undefined;
  app.get("/openapi.json", async (_request, reply) => {
    body ??= JSON.stringify(openApiOf(role));
    return reply.header("cache-control", "public, max-age=60").type("application/json").send(body);
  });
}

interface StatusServerOptions<Role extends RoleName> extends StatusOptions<Role>, HttpAddress {
  /** Throws the reason if the role does not take work. */
  readonly ready: () => void | Promise<void>;
}

/**
 * Starts a server with nothing but probes and status, for a role that has no other.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startStatusServer<Role extends RoleName>(options: StatusServerOptions<Role>) {
  const server = createHttpServer();
  addProbes(server, options.ready);
  addMetrics(server, addStatus(server, options));
  const { url } = await server.listen({ ...options, flag: "--status-port" });
  return { url, metricsUrl: `${url}/metrics`, stop: () => server.stop() };
}
