import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { VoteError } from "../core/errors.js";
import { AddressCounts, isLoopback } from "./address-counts.js";
import {
  type ConnectionLimits,
  defaultMaxPerAddress,
  maxConnectionsOf,
} from "./connection-limits.js";
import { PacedConnection } from "./paced-connection.js";
import { headerFault, refuseClient, refuseOnSocket, refuseRequest } from "./refuse.js";
import { RequestQueue } from "./request-queue.js";

export interface NodeServerOptions extends ConnectionLimits {
  readonly timeouts: ServerOptions;
  /** A client that does not read its answers for this long is cut off. */
  readonly unreadTimeoutMs: number;
  /** Receives every refusal made here, before the framework sees the request. */
  readonly refused: (error: VoteError) => void;
}

/** A client that sends so many requests on top of one without an answer is pipelining. */
const pipelinedRequests = 4;
/** After somebody has pipelined, new connections are paced for this long. */
const paceForMs = 60_000;
const maxSweepMs = 5_000;

/**
 * Node's HTTP server with bounds for clients that nobody knows yet: on connections, on requests
 * without an answer, on answers that are not read, and on headers that could mean two things.
 *
 * Pacing costs a request some 3 µs, so it begins, for all connections, when somebody pipelines.
 */
export class NodeServer {
  readonly server: Server;
  readonly #options: NodeServerOptions;
  readonly #queue = new RequestQueue();
  readonly #sockets = new Set<Duplex>();
  readonly #paced = new WeakMap<Duplex, PacedConnection>();
  readonly #addresses = new AddressCounts();
  #latest: ServerResponse | undefined;
  #pipelined = 0;
  #paceUntil = Number.NEGATIVE_INFINITY;

  constructor(handler: RequestListener, options: NodeServerOptions) {
    this.#options = options;
    // This server answers a missing Host itself, with a body.
    this.server = createServer({ ...options.timeouts, requireHostHeader: false });
    this.server.maxConnections = maxConnectionsOf(options);
    this.server.on("drop", () => this.#tooManyConnections());
    this.server.on("connection", (socket) => this.#serve(socket));
    this.server.on("request", (request, response) => {
      this.#paced.get(request.socket)?.begin(request, response);
      this.#watch(request, response);
      const fault = headerFault(request);
      if (fault === undefined) return handler(request, response);
      options.refused(fault);
      refuseRequest(response, fault);
    });
    this.server.on("checkExpectation", (_request, response) => {
      const detail = "The only expectation met here is 100-continue.";
      refuseRequest(response, new VoteError("expectation-failed", detail));
    });
    this.server.on("connect", (_request, socket) => {
      this.#letGo(socket);
      refuseOnSocket(socket, new VoteError("bad-request", "This server is not a proxy."));
    });
    this.server.once("listening", () => this.#begin());
  }

  /** For `clientError`. */
  refuseClient(failure: Error & { code?: string }, socket: Socket): void {
    // Its bytes are here, and wait for their turn.
    const late = failure.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (late && this.#paced.get(socket)?.isWaiting === true) return;
    refuseClient(failure, socket);
  }

  #begin(): void {
    const { server } = this;
    // Before all listeners, those that others have put in the place of ours as well.
    server.prependListener("connection", (socket) => this.#admit(socket));
    // Without a listener, Node treats an upgrade as any other request.
    if (server.listenerCount("upgrade") > 0) {
      server.prependListener("upgrade", (_request, socket) => this.#letGo(socket));
    }
    const sweepMs = Math.min(maxSweepMs, this.#options.unreadTimeoutMs);
    const sweep = setInterval(() => this.#timeUnreadAnswers(), sweepMs).unref();
    server.once("close", () => clearInterval(sweep));
  }

  #admit(socket: Socket): void {
    const { maxConnectionsPerAddress: given } = this.#options;
    const max = given ?? (isLoopback(socket.remoteAddress) ? 0 : defaultMaxPerAddress);
    if (max === 0 || this.#addresses.admit(socket, max)) return;
    this.#tooManyConnections();
    socket.destroy();
  }

  #tooManyConnections(): void {
    this.#options.refused(new VoteError("overloaded", "Too many connections are open."));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    if (performance.now() < this.#paceUntil) this.#pace(socket);
  }

  #pace(socket: Duplex): void {
    if (socket.destroyed || this.#paced.has(socket)) return;
    this.#paced.set(socket, new PacedConnection(socket as Socket, this.#queue));
  }

  /** Leaves the connection to who has taken it over. */
  #letGo(socket: Duplex): void {
    this.#sockets.delete(socket);
    this.#paced.get(socket)?.detach();
  }

  /** Notices a client that does not wait for its answers: its requests come one upon the other. */
  #watch({ socket }: IncomingMessage, response: ServerResponse): void {
    const latest = this.#latest;
    this.#latest = response;
    if (latest?.req.socket !== socket || latest.writableFinished) {
      this.#pipelined = 0;
    } else if (++this.#pipelined === pipelinedRequests) {
      this.#paceUntil = performance.now() + paceForMs;
      // Not from within the parser.
      process.nextTick(() => {
        for (const each of this.#sockets) this.#pace(each);
      });
    }
  }

  /** Answers that wait to be written begin a time-out, which any progress restarts. */
  #timeUnreadAnswers(): void {
    const { unreadTimeoutMs } = this.#options;
    for (const socket of this.#sockets as Set<Socket>) {
      const isTimed = socket.timeout !== undefined && socket.timeout !== 0;
      if (socket.writableLength > 0 && !isTimed) socket.setTimeout(unreadTimeoutMs);
      // Node's own listener destroys the socket. It must not do so while others work for it.
      else if (socket.writableLength === 0 && socket.timeout === unreadTimeoutMs) {
        socket.setTimeout(0);
      }
    }
  }
}
