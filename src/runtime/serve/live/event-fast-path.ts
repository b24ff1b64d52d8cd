import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type EventRequest, readEventRequest } from "./event-request.js";
import { destroyThis, startStream } from "./event-stream.js";

export interface FastPathOptions {
  /**
   * @returns takes the connection over once the stream has begun
   * @throws if the request is refused: the HTTP server then parses it again and answers
   */
  readonly open: (request: EventRequest) => Promise<(socket: Socket) => void>;
  /** A connection that sends nothing for so long is closed. */
  readonly silenceMs: number;
}

const sweepMs = 1_000;

/**
 * Serves plain requests for event streams on bare sockets, past the HTTP server: its parser,
 * request, response and listeners take a third of a stream's memory, and most of the work when
 * thousands reconnect at once. The HTTP server gets all other connections as they came.
 *
 * @returns closes the connections that have not sent anything yet
 */
export function addEventFastPath(server: Server, options: FastPathOptions): () => void {
  const httpListeners = server.listeners("connection");
  /** When each silent connection was accepted, in `performance.now()`. */
  const silent = new Map<Socket, number>();
  // Not with the sockets' own time-outs: every later write would restart such a timer.
  const sweep = setInterval(() => {
    const latest = performance.now() - options.silenceMs;
    for (const [socket, since] of silent) if (since < latest) socket.destroy();
  }, sweepMs).unref();
  const passToHttp = (socket: Socket, first: Buffer) => {
    socket.off("error", destroyThis).off("data", destroyThis).off("end", destroyThis);
    if (socket.destroyed) return;
    socket.unshift(first);
    for (const listener of httpListeners) listener.call(server, socket);
  };
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    silent.set(socket, performance.now());
    const leave = () => {
      silent.delete(socket);
      socket.off("data", read).off("end", leave).off("close", leave);
      if (socket.bytesRead === 0) socket.destroy();
    };
    const read = (first: Buffer) => {
      leave();
      const request = readEventRequest(first);
      if (request === undefined) {
        passToHttp(socket, first);
        return;
      }
      // A client of an event stream sends nothing more.
      socket.on("data", destroyThis).on("end", destroyThis);
      void options.open(request).then(
        (takeOver) => {
          startStream(socket);
          takeOver(socket);
        },
        () => passToHttp(socket, first),
      );
    };
    socket.on("error", destroyThis).on("data", read).on("end", leave).on("close", leave);
  });
  return () => {
    clearInterval(sweep);
    for (const socket of silent.keys()) socket.destroy();
  };
}
