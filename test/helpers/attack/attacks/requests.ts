import { Agent } from "node:http";
import type { Assault, Size } from "../attack.js";
import { Flood } from "../flood.js";
import { ask, type Request } from "../site.js";

/**
 * A flood of requests, none of which is a vote that counts.
 *
 * @param until the answer that it goes on for
 */
export function floodOf(
  { workers, requests }: Size,
  until: string,
  requestOf: (number: number) => Request,
): Assault {
  const agent = new Agent({ keepAlive: true });
  const send = (number: number) => ask({ ...requestOf(number), agent });
  const running = new Flood({ workers, requests, until, send });
  return {
    async end() {
      await running.end();
      agent.destroy();
      return { answers: running.answers, voters: 0, places: {} };
    },
  };
}
