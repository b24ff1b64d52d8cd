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
import { AddressCounts, isLoopback } from "./connections/address-counts.js";
import {
  type ConnectionLimits,
  defaultMaxPerAddress,
  maxConnectionsOf,
} from "./connections/connection-limits.js";
import { PacedConnection } from "./connections/paced-connection.js";
import { RequestQueue } from "./connections/request-queue.js";
import type { TrustedProxies } from "./connections/trusted-proxies.js";
import { headerFault, refuseClient, refuseOnSocket, refuseRequest } from "./refuse.js";

export interface NodeServerOptions extends Omit<ConnectionLimits, "trustedProxies"> {
  readonly proxies: TrustedProxies;
  readonly timeouts: ServerOptions;
  /** A client that does not read its answers for this long is disconnected. */
  readonly unreadTimeoutMs: number;
  /** Receives every refusal made here, before the framework sees the request. */
  readonly refused: (error: VoteError) => void;
}

/** A client is pipelining if it sends this many requests while another has no answer yet. */
const pipelinedRequests = 4;
/** After a client has pipelined, new connections are paced for this long. */
const paceForMs = 60_000;
const maxSweepMs = 5_000;

/**
 * Node's HTTP server with limits for clients that have not shown a token: on connections, on
 * unanswered requests, on unread answers, and on headers that could mean two things.
 *
 * Pacing costs some 3 µs per request, so it begins, for all connections, once a client pipelines.
 */
export class NodeServer {
  readonly server: Server;
  readonly #options: NodeServerOptions;
  readonly #queue = new RequestQueue();
  readonly #sockets = new Set<Duplex>();
  readonly #paced = new WeakMap<Duplex, PacedConnection>();
  /** Those that are paced once Node reads from them again. */
  readonly #resuming = new WeakSet<Duplex>();
  readonly #addresses = new AddressCounts();
  /** Those on which nothing follows the answer to a request that could mean two things. */
  readonly #refused = new WeakSet<Duplex>();
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
      this.#refused.add(request.socket);
      refuseRequest(response, fault);
    });
    this.server.on("checkExpectation", (_request, response) => {
      const detail = "This server supports no expectation except 100-continue.";
      refuseRequest(response, new VoteError("expectation-failed", detail));
    });
    this.server.on("connect", (_request, socket) => {
      this.#letGo(socket);
      refuseOnSocket(socket, new VoteError("bad-request", "This server is not a proxy."));
    });
    this.server.once("listening", () => this.#begin());
  }

  /** Handles the event `clientError`. */
  refuseClient(failure: Error & { code?: string }, socket: Socket): void {
    // What the parser finds wrong behind a request that was refused has its answer.
    if (this.#refused.has(socket)) return void socket.destroySoon();
    // We do not read, so that no more of the request can arrive.
    const late = failure.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (late && this.#paced.get(socket)?.isWaiting === true) return;
    refuseClient(failure, socket);
  }

  #begin(): void {
    const { server } = this;
    // Goes before all listeners, including those with which others have replaced ours.
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
    const { maxConnectionsPerAddress: given, proxies } = this.#options;
    const max = given ?? (isLoopback(socket.remoteAddress) ? 0 : defaultMaxPerAddress);
    if (max === 0 || proxies.includes(socket.remoteAddress)) return;
    if (this.#addresses.admit(socket, max)) return;
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
    if (!this.#sockets.has(socket) || socket.destroyed || this.#paced.has(socket)) return;
    if (!socket.isPaused()) {
      this.#paced.set(socket, new PacedConnection(socket as Socket, this.#queue));
      return;
    }
    // While Node's parser has a socket paused, nobody else can make it read again.
    if (this.#resuming.has(socket)) return;
    this.#resuming.add(socket);
    socket.once("resume", () => {
      this.#resuming.delete(socket);
      this.#pace(socket);
    });
  }

  /** Leaves the connection to whatever has taken it over. */
  #letGo(socket: Duplex): void {
    this.#sockets.delete(socket);
    this.#paced.get(socket)?.detach();
  }

  /** Notices a client that sends requests without waiting for its answers. */
  #watch({ socket }: IncomingMessage, response: ServerResponse): void {
    const latest = this.#latest;
    this.#latest = response;
    if (latest?.req.socket !== socket || latest.writableFinished) {
      this.#pipelined = 0;
    } else if (++this.#pipelined === pipelinedRequests) {
      this.#paceUntil = performance.now() + paceForMs;
      // Must not happen inside the parser.
      process.nextTick(() => {
        for (const each of this.#sockets) this.#pace(each);
      });
    }
  }

  /** Starts a time-out while answers wait to be written; any progress restarts it. */
  #timeUnreadAnswers(): void {
    const { unreadTimeoutMs } = this.#options;
    for (const socket of this.#sockets as Set<Socket>) {
      const isTimed = socket.timeout !== undefined && socket.timeout !== 0;
      if (socket.writableLength > 0 && !isTimed) socket.setTimeout(unreadTimeoutMs);
      // Node's own listener destroys the socket, which must wait until its work is done.
      else if (socket.writableLength === 0 && socket.timeout === unreadTimeoutMs) {
        socket.setTimeout(0);
      }
    }
  }
}
