import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { VoteError } from "../../core/errors.js";

/**
 * No `Transfer-Encoding`: the body ends with the connection, which HTTP/1.0 proxies also
 * understand, and every client gets the same bytes. No compression: it would take memory for each
 * client, and a delta is only a few hundred bytes.
 */
const head = [
  "HTTP/1.1 200 OK",
  "content-type: text/event-stream",
  "cache-control: no-store, no-transform",
  // Tells nginx and similar proxies not to buffer the events.
  "x-accel-buffering: no",
  "access-control-allow-origin: *",
  "connection: close",
].join("\r\n");

/** How soon a client reconnects after its connection broke. */
const retry = "retry: 2000\n\n";

/** Connections that carry an event stream: no further request on them is answered. */
const streaming = new WeakSet<Socket>();

/**
 * Takes a connection away from the HTTP server and begins an event stream on it.
 *
 * @throws VoteError `bad-request` for a request sent before an earlier one was answered
 */
export function startEventStream(request: IncomingMessage, response: ServerResponse): Socket {
  // A response has no socket until the earlier answers are written.
  if (response.socket === null || response.socket !== request.socket) {
    throw new VoteError("bad-request", "An event stream cannot follow an unanswered request.", {
      hint: "Open it on a connection of its own.",
    });
  }
  const { socket } = response;
  streaming.add(socket);
  startStream(socket);
  return socket;
}

/** Writes the head of an event stream on a connection whose request has been read. */
export function startStream(socket: Socket): void {
  socket.write(`${head}\r\ndate: ${new Date().toUTCString()}\r\n\r\n${retry}`);
}

/** A listener shared by all sockets; it destroys the socket that it is called on. */
export function destroyThis(this: Socket): void {
  this.destroy();
}

/** Whether a request came on a connection that carries an event stream. */
export function isOnEventStream({ socket }: IncomingMessage): boolean {
  return streaming.has(socket);
}
