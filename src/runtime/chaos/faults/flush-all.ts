import { connect } from "node:net";
import type { Services } from "../../local-cluster/services.js";

/** Empties Redis as an operator would. */
export async function flushAll(services: Services): Promise<void> {
  const socket = connect(services.server("redis").port, "127.0.0.1");
  socket.write("FLUSHALL\r\n");
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once("data", resolve).once("error", reject);
  });
  socket.destroy();
  if (answer.toString() !== "+OK\r\n") throw new Error(`Redis says ${answer.toString()}`);
}
