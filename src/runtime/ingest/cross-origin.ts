import { VoteError } from "../core/errors.js";
import type { HttpServer } from "../http/server.js";

/** How long a browser may remember that it is let in, in seconds. */
const rememberedForSeconds = 600;

/**
 * Lets pages of these origins, and of no other, send ballots from a browser (CORS). Without any,
 * which is the default, nothing is added and no request pays for it.
 *
 * @param origins exactly as a browser sends them, such as `https://vote.example`
 * @throws VoteError `invalid-usage` for anything else
 */
export function allowOrigins({ app }: HttpServer, origins: readonly string[]): void {
  if (origins.length === 0) return;
  for (const origin of origins) requireOrigin(origin);
  const allowed = new Set(origins);
  app.addHook("onRequest", (request, reply, done) => {
    const { origin } = request.headers;
    // The answer differs by origin: no cache in between may mix them up.
    reply.header("vary", "Origin");
    if (origin !== undefined && allowed.has(origin)) {
      reply.header("access-control-allow-origin", origin);
      reply.header("access-control-expose-headers", "retry-after");
    }
    done();
  });
  const preflights = [
    ["/v1/elections/:id", "GET"],
    ["/v1/elections/:id/ballots", "POST"],
  ] as const;
  for (const [path, method] of preflights) {
    app.options(path, (_request, reply) =>
      reply
        .code(204)
        .headers({
          "access-control-allow-methods": method,
          "access-control-allow-headers": "authorization, content-type",
          "access-control-max-age": String(rememberedForSeconds),
        })
        .send(),
    );
  }
}

function requireOrigin(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return;
  throw new VoteError("invalid-usage", `${text} is not the origin of a page.`, {
    hint: "Give scheme, host and port only, like https://vote.example or http://127.0.0.1:4001.",
  });
}
