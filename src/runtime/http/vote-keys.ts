import type { VoteKeys } from "../contracts/http/vote-keys.js";
import type { Election } from "../core/election.js";
import type { CachedRead } from "./cached-read.js";
import type { HttpServer } from "./server.js";

/** Elections trust new keys rarely, and never drop one. */
const caching = "public, max-age=60";

/** `GET /.well-known/vote-keys.json`: with whose keys receipts are verified, by election. */
export function addVoteKeys({ app }: HttpServer, elections: CachedRead<Election[]>): void {
  let last: readonly Election[] | undefined;
  let body = "";
  app.get("/.well-known/vote-keys.json", async (_request, reply) => {
    const { value } = await elections.get();
    if (value !== last) body = JSON.stringify(keysOf(value));
    last = value;
    return reply
      .header("content-type", "application/json; charset=utf-8")
      .header("cache-control", caching)
      .send(body);
  });
}

function keysOf(elections: readonly Election[]): VoteKeys {
  return {
    elections: elections.map(({ id, instance, signers }) => ({
      ...{ id, instance },
      keys: signers.filter(({ use }) => use === "frames"),
    })),
  };
}
