import cors from "@fastify/cors";
import { VoteError } from "../core/errors.js";
import type { HttpServer } from "../http/server.js";

/** How long a browser may remember a permission, in seconds. */
const rememberedForSeconds = 600;

/**
 * Lets pages of these origins, and of no other, send ballots from a browser (CORS). Without any,
 * which is the default, requests do not pay for it.
 *
 * @param origins exactly as a browser sends them, such as `https://vote.example`
 * @throws VoteError `invalid-usage` for anything else
 */
export function allowOrigins({ app }: HttpServer, origins: readonly string[]): void {
  if (origins.length === 0) return;
  for (const origin of origins) requireOrigin(origin);
  app.register(cors, {
    origin: [...origins],
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "prefer"],
    exposedHeaders: ["retry-after", "ratelimit", "ratelimit-policy"],
    maxAge: rememberedForSeconds,
  });
}

function requireOrigin(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return;
  throw new VoteError("invalid-usage", `${text} is not the origin of a page.`, {
    hint: "Give scheme, host and port only, like https://vote.example or http://127.0.0.1:4001.",
  });
}
