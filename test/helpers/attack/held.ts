import { connect, type Socket } from "node:net";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Assault } from "./attack.js";
import { addressOf, ask } from "./site.js";

export interface HeldOptions {
  readonly count: number;
  readonly port: number;
  /** The address of the connection with this number, from 0. */
  readonly address: (number: number) => string;
  /** What it sends at once. */
  readonly head?: string | Buffer;
  /** What it sends of it each second after that. */
  readonly drip?: string;
  readonly read?: boolean;
}

const againMs = 250;

/** Keeps so many connections open, and opens another for each that the server cuts. */
export async function hold({ count, ...options }: HeldOptions): Promise<Assault> {
  const sockets: Socket[] = [];
  const opening: Promise<void>[] = [];
  let running = true;
  let cut = 0;
  const open = (number: number): Promise<void> =>
    new Promise((settled) => {
      const socket = connect({
        ...{ host: "127.0.0.1", port: options.port, localAddress: options.address(number) },
      });
      sockets[number] = socket;
      socket.on("connect", () => {
        if (options.head !== undefined) socket.write(options.head);
        settled();
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        settled();
        cut++;
        opening[number] = sleep(againMs).then(() => (running ? open(number) : undefined));
      });
      if (options.read === false) socket.pause();
      else socket.resume();
    });
  for (let number = 0; number < count; number++) opening[number] = open(number);
  await Promise.all(opening);
  const dripping = setInterval(() => {
    if (options.drip === undefined) return;
    for (const socket of sockets) if (socket.writable) socket.write(options.drip);
  }, 1_000);
  return {
    async end() {
      await Promise.all(opening);
      running = false;
      clearInterval(dripping);
      await decided(options.port);
      const held = sockets.filter(({ readyState }) => readyState === "open").length;
      const answers = { held, cut };
      for (const socket of sockets) socket.destroy();
      return { answers, voters: 0, places: {} };
    },
  };
}

/** Resolves once the server has kept or cut each connection so far: it takes them in order. */
async function decided(port: number): Promise<void> {
  const probe = { port, path: "/livez", method: "GET", address: addressOf(16, 0) } as const;
  await ask(probe).catch(() => undefined);
  // Its answer may have been seen before the ends of the others.
  await turn();
}
