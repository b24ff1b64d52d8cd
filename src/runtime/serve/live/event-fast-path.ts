import type { Server } from "node:http";
import type { Socket } from "node:net";
import { type EventRequest, readEventRequest } from "./event-request.js";
import { destroyThis, startStream } from "./event-stream.js";

export interface EventDoorOptions {
  /**
   * @returns what to do with the connection once the stream has begun
   * @throws whatever is wrong: the HTTP server reads the request again, and says it
   */
  readonly open: (request: EventRequest) => Promise<(socket: Socket) => void>;
  /** A connection on which nothing comes for so long is closed. */
  readonly silenceMs: number;
}

const sweepMs = 1_000;

/**
 * Lets plain requests for event streams past the HTTP server, on bare sockets: its parser, request,
 * response and listeners are a third of a stream's memory, and most of the work when thousands come
 * back at once. All other connections go on to it as they came.
 *
 * @returns closes the connections that have not said anything yet
 */
export function openEventDoor(server: Server, options: EventDoorOptions): () => void {
  const inside = server.listeners("connection");
  /** Since when each connection is there, by the clock of `performance.now()`. */
  const silent = new Map<Socket, number>();
  // Not by the sockets' own time-outs: every later write would set such a timer again.
  const sweep = setInterval(() => {
    const latest = performance.now() - options.silenceMs;
    for (const [socket, since] of silent) if (since < latest) socket.destroy();
  }, sweepMs).unref();
  const passOn = (socket: Socket, first: Buffer) => {
    socket.off("error", destroyThis).off("data", destroyThis).off("end", destroyThis);
    if (socket.destroyed) return;
    socket.unshift(first);
    for (const listener of inside) listener.call(server, socket);
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
        passOn(socket, first);
        return;
      }
      // Nothing more is to come from there, but its end.
      socket.on("data", destroyThis).on("end", destroyThis);
      void options.open(request).then(
        (begin) => {
          startStream(socket);
          begin(socket);
        },
        () => passOn(socket, first),
      );
    };
    socket.on("error", destroyThis).on("data", read).on("end", leave).on("close", leave);
  });
  return () => {
    clearInterval(sweep);
    for (const socket of silent.keys()) socket.destroy();
  };
}
