import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
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

/**
 * Node's HTTP server with bounds for clients that nobody knows yet: on connections, on requests
 * without an answer, on answers that are not read, and on headers that could mean two things.
 */
export class NodeServer {
  readonly server: Server;
  readonly #options: NodeServerOptions;
  readonly #queue = new RequestQueue();
  readonly #connections = new WeakMap<Duplex, PacedConnection>();
  readonly #addresses = new AddressCounts();

  constructor(handler: RequestListener, options: NodeServerOptions) {
    this.#options = options;
    // This server answers a missing Host itself, with a body.
    this.server = createServer({ ...options.timeouts, requireHostHeader: false });
    this.server.maxConnections = maxConnectionsOf(options);
    this.server.on("drop", () => this.#tooManyConnections());
    this.server.on("connection", (socket) => this.#accept(socket));
    this.server.on("request", (request, response) => {
      this.#connections.get(request.socket)?.begin(request, response);
      const fault = headerFault(request);
      if (fault === undefined) return handler(request, response);
      options.refused(fault);
      refuseRequest(response, fault);
    });
    this.server.on("checkExpectation", (_request, response) => {
      refuseRequest(response, new VoteError("bad-request", "The request expects the unknown."));
    });
    this.server.on("connect", (_request, socket) => {
      this.#connections.get(socket)?.detach();
      refuseOnSocket(socket, new VoteError("bad-request", "This server is not a proxy."));
    });
    this.server.once("listening", () => this.#letUpgradesGo());
    this.server.setTimeout(options.unreadTimeoutMs, (socket) => this.#checkSilent(socket));
  }

  /** For `clientError`. */
  refuseClient(failure: Error & { code?: string }, socket: Socket): void {
    // Its bytes are here, and wait for their turn.
    const late = failure.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (late && this.#connections.get(socket)?.isWaiting === true) return;
    refuseClient(failure, socket);
  }

  #accept(socket: Socket): void {
    const { maxConnectionsPerAddress: given } = this.#options;
    const max = given ?? (isLoopback(socket.remoteAddress) ? 0 : defaultMaxPerAddress);
    if (max > 0 && !this.#addresses.admit(socket, max)) {
      this.#tooManyConnections();
      socket.destroy();
      return;
    }
    this.#connections.set(socket, new PacedConnection(socket, this.#queue));
  }

  #tooManyConnections(): void {
    this.#options.refused(new VoteError("overloaded", "Too many connections are open."));
  }

  /** Nothing was read or written for a while: cuts idle clients, and those that do not read. */
  #checkSilent(socket: Socket): void {
    const waitsForUs =
      this.#connections.get(socket)?.isBusy === true && socket.writableLength === 0;
    if (!waitsForUs) socket.destroy();
  }

  #letUpgradesGo(): void {
    // Without a listener, Node treats an upgrade as any other request.
    if (this.server.listenerCount("upgrade") === 0) return;
    this.server.prependListener("upgrade", (_request, socket) => {
      this.#connections.get(socket)?.detach();
    });
  }
}
