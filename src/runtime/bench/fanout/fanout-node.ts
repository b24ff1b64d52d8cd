/**
 * The process that `bench fanout --peer node` forks: the least that Node.js can do for event
 * streams. It accepts bare connections, reads no request, and writes the same bytes to all.
 */
import { createServer, type Socket } from "node:net";

/** The text around the time, and how often. */
export interface FanoutNodeOrder {
  readonly before: string;
  readonly after: string;
  readonly everyMs: number;
}

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n";
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => undefined);
  socket.on("close", () => sockets.delete(socket));
  socket.resume();
  socket.write(head);
  sockets.add(socket);
});

process.once("message", ({ before, after, everyMs }: FanoutNodeOrder) => {
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, () => {
    const address = server.address();
    process.send?.({ port: typeof address === "object" ? address?.port : undefined });
  });
  setInterval(() => {
    const bytes = Buffer.from(`${before}${Date.now()}${after}`);
    for (const socket of sockets) socket.write(bytes);
  }, everyMs);
});
process.once("disconnect", () => process.exit(0));
