import { performance } from "node:perf_hooks";
import type { StoreChecks } from "../telemetry/store-checks.js";
import { addProbes, createHttpServer, type HttpAddress, type HttpServer } from "./server.js";

export interface StatusOptions {
  readonly role: string;
  /** The stores that this role needs. */
  readonly stores?: StoreChecks | undefined;
  /** The role's own figures: counters since the start, and what holds just now. */
  readonly figures: () => object | Promise<object>;
}

/**
 * `GET /statusz`, for operators: who this process is, whether its stores answer, what it refused,
 * and the role's own figures. Only numbers and names of the system's parts, nothing of any voter.
 */
export function addStatus(server: HttpServer, options: StatusOptions): void {
  const { role, stores, figures } = options;
  const startedAt = Math.round(performance.timeOrigin);
  server.app.get("/statusz", { exposeHeadRoute: false }, async (_request, reply) => {
    const [health, own] = await Promise.all([stores?.health() ?? [], figures()]);
    reply.header("cache-control", "no-store");
    return {
      role,
      pid: process.pid,
      startedAt,
      at: Date.now(),
      draining: server.draining,
      refused: server.refused.asRecord(),
      stores: health,
      ...own,
    };
  });
}

export interface StatusServerOptions extends StatusOptions, HttpAddress {
  /** Throws what is wrong when the role does not take work. */
  readonly ready: () => void | Promise<void>;
}

/**
 * A server of probes and status alone, for a role that has no other.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startStatusServer(options: StatusServerOptions) {
  const server = createHttpServer();
  addProbes(server, options.ready);
  addStatus(server, options);
  const { url } = await server.listen(options);
  return { url, stop: () => server.stop() };
}
