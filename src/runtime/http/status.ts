import { performance } from "node:perf_hooks";
import type { RoleMetrics, RoleName, RoleStatus } from "../contracts/http/status.js";
import { resourcesOf } from "../telemetry/resources.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { ClockCheck } from "../time/clock-check.js";
import { addProbes, createHttpServer, type HttpAddress, type HttpServer } from "./server.js";

interface StatusOptions<Role extends RoleName> {
  readonly role: Role;
  /** The stores that this role needs. */
  readonly stores?: StoreChecks | undefined;
  /** How wrong this process's clock is; default: nothing to compare it with. */
  readonly clocks?: Pick<ClockCheck, "errorMs"> | undefined;
  /** Counters since the start, and the current state. */
  readonly metrics: () => RoleMetrics<Role> | Promise<RoleMetrics<Role>>;
}

/**
 * Adds `GET /statusz` for operators: which process this is, whether its stores answer, what it
 * refused, and the role's own metrics. It says nothing about any voter.
 */
export function addStatus<Role extends RoleName>(
  server: HttpServer,
  options: StatusOptions<Role>,
): void {
  const { role, stores, clocks, metrics } = options;
  const startedAt = Math.round(performance.timeOrigin);
  server.app.get("/statusz", { exposeHeadRoute: false }, async (_request, reply) => {
    const [health, own, resources] = await Promise.all([
      stores?.health() ?? [],
      metrics(),
      resourcesOf(stores?.directory),
    ]);
    reply.header("cache-control", "no-store");
    const common: Omit<RoleStatus<"admin">, "role"> = {
      pid: process.pid,
      startedAt,
      at: Date.now(),
      draining: server.draining,
      clockErrorMs: clocks?.errorMs ?? null,
      refused: server.refused.asRecord(),
      ...resources,
      stores: health,
    };
    return { role, ...common, ...own };
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
  addStatus(server, options);
  const { url } = await server.listen(options);
  return { url, stop: () => server.stop() };
}
