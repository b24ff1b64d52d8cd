import type { IncomingMessage, ServerOptions } from "node:http";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { VoteError } from "../core/errors.js";
import { maxBodyBytes } from "../core/limits.js";
import { Counts } from "../telemetry/metrics.js";
import { withoutRepeats } from "../time/without-repeats.js";
import type { ConnectionLimits } from "./connections/connection-limits.js";
import { TrustedProxies } from "./connections/trusted-proxies.js";
import { NodeServer } from "./node-server.js";
import { asVoteError, belongsInLog, noSniffing, problemBody, problemHeaders } from "./problem.js";
import { KnownRoutes } from "./routes.js";

export interface HttpServerOptions extends ConnectionLimits {
  /** Larger bodies are refused; a route may set its own `bodyLimit`. Default: one ballot's. */
  readonly maxBodyBytes?: number;
  /** A request's headers must arrive within this time. Default 5,000. */
  readonly headersTimeoutMs?: number;
  /** A whole request must arrive within this time. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** An idle connection is closed after this. Default 5,000. */
  readonly keepAliveTimeoutMs?: number;
  /** A client that does not read its answers for this long is disconnected. Default 30,000. */
  readonly unreadTimeoutMs?: number;
  /** Receives the error behind every 500, which clients never see. */
  readonly onUnexpected?: (error: unknown) => void;
}

export interface HttpAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** By which it was given, for advice. Default: `--port`. */
  readonly flag?: string;
}

export interface HttpServer {
  /** Add routes here before `listen`. */
  readonly app: FastifyInstance;
  /** Whether `stop` was called. Then routes refuse new work, and `/readyz` answers 503. */
  readonly draining: boolean;
  /** Counts refused requests by error code; roles add what they refuse themselves. */
  readonly refused: Counts;
  /** The client's address, also behind trusted proxies. */
  addressOf(request: IncomingMessage): string;
  /** @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had */
  listen(address: HttpAddress): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Stops accepting connections, runs `finish`, which must lead to an answer for every waiting
   * request, and closes each connection once it is idle.
   *
   * @param graceMs connections that are still busy after this are closed. Default 10,000.
   */
  stop(finish?: () => Promise<void>, graceMs?: number): Promise<void>;
}

/** How often the server looks for late connections, and while it drains, for idle ones. */
const checkEveryMs = 1_000;
const drainEveryMs = 20;

/**
 * Creates a fastify server whose every refusal is problem+json: thrown VoteErrors, 404, 405, 413,
 * 415, malformed bodies, and bytes that are not HTTP at all.
 *
 * @throws VoteError `invalid-usage` for proxies that are none
 */
export function createHttpServer(options: HttpServerOptions = {}): HttpServer {
  const routes = new KnownRoutes();
  const refused = new Counts();
  const proxies = new TrustedProxies(options.trustedProxies);
  // While a store is down, every request fails in the same way.
  const report = withoutRepeats((error) => options.onUnexpected?.(error));
  let refuseClient: NodeServer["refuseClient"];
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes ?? maxBodyBytes,
    // Our drain answers requests that still arrive; the framework would not send problem+json.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory: (handler) => {
      const node = new NodeServer(handler, {
        ...options,
        proxies,
        timeouts: timeoutsOf(options),
        unreadTimeoutMs: options.unreadTimeoutMs ?? 30_000,
        refused: (error) => refused.add(error.code),
      });
      refuseClient = node.refuseClient.bind(node);
      return node.server;
    },
    clientErrorHandler: (failure, socket) => refuseClient(failure, socket),
    frameworkErrors: (error, _request, reply) => sendProblem(reply, asVoteError(error)),
  });
  // No address takes it: without a content type, the framework would call it malformed.
  app.addHttpMethod("QUERY", { overrideExisting: true });
  app.addHook("onSend", (_request, reply, payload, done) => {
    reply.headers(noSniffing);
    done(null, payload);
  });
  app.addHook("onRoute", (route) => routes.add(route.url, route.method));
  app.setErrorHandler((error, _request, reply) => {
    const refusal = asVoteError(error);
    if (belongsInLog(refusal)) report(error);
    refused.add(refusal.code);
    sendProblem(reply, refusal);
  });
  app.setNotFoundHandler((request, reply) => refuseUnknown(routes, request, reply));
  let draining = false;
  return {
    app,
    refused,
    addressOf: (request) => proxies.addressOf(request),
    get draining() {
      return draining;
    },
    listen: (address) => listen(app, address),
    async stop(finish, graceMs = 10_000) {
      draining = true;
      await drain(app, finish, graceMs);
    },
  };
}

function timeoutsOf(options: HttpServerOptions): ServerOptions {
  return {
    headersTimeout: options.headersTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 5_000,
    connectionsCheckingInterval: checkEveryMs,
  };
}

/** Sends a refusal, whatever the route's own content type is. */
export function sendProblem(reply: FastifyReply, error: VoteError): void {
  // A buffer, because the framework would add a charset to a string's media type.
  const body = Buffer.from(problemBody(error));
  reply.code(error.status).headers(problemHeaders(error)).send(body);
}

/** Adds `/livez`, which always answers, and `/readyz`: 503 says why the role is not ready. */
export function addProbes(server: HttpServer, ready: () => void | Promise<void>): void {
  server.app.get("/livez", async () => ({ status: "live" }));
  server.app.get("/readyz", async () => {
    if (server.draining) throw shuttingDown();
    await ready();
    return { status: "ready" };
  });
}

/** Returns the error for requests that arrive while the role drains. */
export function shuttingDown(): VoteError {
  return new VoteError("shutting-down", "This process is shutting down.", {
    hint: "Send the request again to another process, or later.",
  });
}

function refuseUnknown(routes: KnownRoutes, request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split("?", 1)[0];
  const methods = routes.methodsOf(path);
  if (methods.length === 0) {
    sendProblem(reply, new VoteError("not-found", "There is nothing at this address."));
    return;
  }
  reply.header("allow", methods.join(", "));
  const detail = `This address takes ${methods.join(", ")}, not ${request.method}.`;
  sendProblem(reply, new VoteError("method-not-allowed", detail));
}

async function listen(app: FastifyInstance, address: HttpAddress) {
  const { host, port } = address;
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, address);
  }
  const bound = app.server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`, port: boundPort };
}

function listenError(error: unknown, { host, port, flag = "--port" }: HttpAddress): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new VoteError("port-in-use", `Port ${port} of ${host} is in use.`, {
      hint: `Choose another with ${flag}, or 0 for any free one.`,
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new VoteError("invalid-usage", `Cannot listen on port ${port} of ${host} (${code}).`, {
      hint: "Choose a port over 1023 and an address of this machine.",
      cause: error,
    });
  }
  return error;
}

async function drain(
  app: FastifyInstance,
  finish: (() => Promise<void>) | undefined,
  graceMs: number,
): Promise<void> {
  const closed = app.close();
  const idle = setInterval(() => app.server.closeIdleConnections(), drainEveryMs);
  const bound = setTimeout(() => app.server.closeAllConnections(), graceMs);
  try {
    await finish?.();
    await closed;
  } finally {
    clearInterval(idle);
    clearTimeout(bound);
  }
}
