import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { VoteError } from "../core/errors.js";

export const loopback = "127.0.0.1";

/**
 * Lies below the ports for outgoing connections. A client that keeps trying to reach a server that
 * is down could otherwise get the server's own port and connect to itself.
 */
const range = { from: 15_000, to: 32_000 } as const;
const attempts = 200;

/** Chooses free ports on the loopback address, each of them once. */
export class Ports {
  readonly #given = new Set<number>();

  /**
   * @param preferred taken when it is free; undefined for any
   * @throws VoteError `port-in-use` when none of many is free
   */
  async choose(preferred?: number): Promise<number> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const port =
        attempt === 0 && preferred !== undefined ? preferred : randomInt(range.from, range.to);
      if (this.#given.has(port) || !(await isFree(port))) continue;
      this.#given.add(port);
      return port;
    }
    throw new VoteError("port-in-use", `No free port from ${range.from} to ${range.to}.`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: loopback, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
