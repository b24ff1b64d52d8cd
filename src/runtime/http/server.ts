import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { VoteError } from "../core/errors.js";
import { maxBodyBytes } from "../core/limits.js";
import { Counts } from "../telemetry/metrics.js";
import { asVoteError, noSniffing, problemBody, problemHeaders } from "./problem.js";
import { KnownRoutes } from "./routes.js";

export interface HttpServerOptions {
  /** Bodies over this are refused; a route may set its own `bodyLimit`. Default: one ballot's. */
  readonly maxBodyBytes?: number;
  /** A request's headers must be here within this. Default 5,000. */
  readonly headersTimeoutMs?: number;
  /** A whole request must be here within this. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** An idle connection is closed after this. Default 5,000. */
  readonly keepAliveTimeoutMs?: number;
  /** Told of every unexpected error behind a 500; the client is not. */
  readonly onUnexpected?: (error: unknown) => void;
}

export interface HttpAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

export interface HttpServer {
  /** Where routes are added, before `listen`. */
  readonly app: FastifyInstance;
  /** Whether `stop` has been called: refuse new work, answer `/readyz` with 503. */
  readonly draining: boolean;
  /** How many requests were refused, by error code; a role adds what it refuses by itself. */
  readonly refused: Counts;
  /** @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had */
  listen(address: HttpAddress): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Accepts no more connections, runs `finish` (which must lead to an answer for every request that
   * is waiting), then closes each connection once it is idle.
   *
   * @param graceMs connections still busy after this are cut. Default 10,000.
   */
  stop(finish?: () => Promise<void>, graceMs?: number): Promise<void>;
}

/** How often connections are checked for being late, or for having become idle while draining. */
const checkEveryMs = 1_000;
const drainEveryMs = 20;

/**
 * A fastify server whose every refusal is problem+json: thrown VoteErrors, 404, 405, 413, 415,
 * malformed bodies, and bytes that are not HTTP at all.
 */
export function createHttpServer(options: HttpServerOptions = {}): HttpServer {
  const app = fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes ?? maxBodyBytes,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 5_000,
    // Our own drain answers what still arrives; the framework's would not be problem+json.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
    http: {
      headersTimeout: options.headersTimeoutMs ?? 5_000,
      connectionsCheckingInterval: checkEveryMs,
    },
    clientErrorHandler: refuseSocket,
    frameworkErrors: (error, _request, reply) => sendProblem(reply, asVoteError(error)),
  });
  const routes = new KnownRoutes();
  const refused = new Counts();
  app.addHook("onRequest", (_request, reply, done) => {
    reply.headers(noSniffing);
    done();
  });
  app.addHook("onRoute", (route) => routes.add(route.url, route.method));
  app.setErrorHandler((error, _request, reply) => {
    const refusal = asVoteError(error);
    if (refusal.status === 500) options.onUnexpected?.(error);
    refused.add(refusal.code);
    sendProblem(reply, refusal);
  });
  app.setNotFoundHandler((request, reply) => refuseUnknown(routes, request, reply));
  let draining = false;
  return {
    app,
    refused,
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

/** Answers with a refusal, whatever the route's own content type is. */
export function sendProblem(reply: FastifyReply, error: VoteError): void {
  // As bytes: the framework would add a charset to a string's media type.
  const body = Buffer.from(problemBody(error));
  reply.code(error.status).headers(problemHeaders(error)).send(body);
}

/** `/livez`: the process turns; `/readyz`: it takes work, or a 503 that says why not. */
export function addProbes(server: HttpServer, ready: () => void | Promise<void>): void {
  server.app.get("/livez", async () => ({ status: "live" }));
  server.app.get("/readyz", async () => {
    if (server.draining) throw shuttingDown();
    await ready();
    return { status: "ready" };
  });
}

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

/** Bytes that are no HTTP request, or come too late: answered on the bare socket, then closed. */
function refuseSocket(failure: Error & { code?: string }, socket: Socket): void {
  if (failure.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  refuseOnSocket(socket, new VoteError("bad-request", socketDetail(failure.code)));
}

/** Answers with a refusal where the framework has no hand in the connection, and closes it. */
export function refuseOnSocket(socket: Duplex, error: VoteError): void {
  const body = problemBody(error);
  const lines = Object.entries({
    ...problemHeaders(error),
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}`);
  const status = `${error.status} ${STATUS_CODES[error.status]}`;
  socket.end(`HTTP/1.1 ${status}\r\n${lines.join("\r\n")}\r\n\r\n${body}`);
}

function socketDetail(code: string | undefined): string {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "The request did not arrive in time.";
  if (code === "HPE_HEADER_OVERFLOW") return "The request's headers are larger than allowed.";
  return "The bytes on this connection are not an HTTP request.";
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

function listenError(error: unknown, { host, port }: HttpAddress): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new VoteError("port-in-use", `Port ${port} of ${host} is in use.`, {
      hint: "Choose another with --port, or 0 for any free one.",
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
