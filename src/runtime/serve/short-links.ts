import { readFile } from "node:fs/promises";
import { VoteError } from "../core/errors.js";
import type { HttpServer } from "../http/server.js";

/**
 * Adds `/v/CODE`, short enough to type on a phone, which leads to a path of this server.
 *
 * @param file one `CODE PATH` a line; read at each request, because it may come after the server
 */
export function addShortLinks({ app }: HttpServer, file: string): void {
  app.get<{ Params: { code: string } }>("/v/:code", async (request, reply) => {
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
    const link = lines
      .map((line) => line.split(" "))
      .find(([code]) => code === request.params.code);
    if (link === undefined || link.length !== 2) {
      throw new VoteError("not-found", "No voting link has this code.", {
        hint: "Each start of `vote dev` makes new ones, and prints them.",
      });
    }
    return reply.header("cache-control", "no-store").redirect(link[1], 302);
  });
}
