/**
 * The process that `bench generator` and `bench truth` fork: it answers every ballot and batch at
 * once and keeps nothing. With FREEZE_MS it freezes once, FREEZE_AFTER_MS after the first request.
 */
import { createServer } from "node:http";

const json = { "content-type": "application/json" };
const single = Buffer.from(
  JSON.stringify({ ballotId: "0".repeat(32), election: "bench", partition: 0, position: 0 }),
);
const batch = Buffer.from(JSON.stringify({ accepted: 1, refused: 0, refusals: [], positions: {} }));
const freezeMs = Number(process.env.FREEZE_MS ?? 0);
let willFreeze = freezeMs > 0;

/** Blocks the whole process, sockets included. */
function freeze(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs);
}

const server = createServer((request, response) => {
  if (willFreeze) {
    willFreeze = false;
    setTimeout(freeze, Number(process.env.FREEZE_AFTER_MS ?? 0));
  }
  const [status, body] = request.url?.endsWith(":batch") ? [200, batch] : [202, single];
  request.resume().on("end", () => {
    response.writeHead(status, { ...json, "content-length": body.length }).end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : undefined });
});
process.once("disconnect", () => process.exit(0));
