import { crc32 } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { CodedBody } from "../../http/content-coding.js";

/** While votes come in: browsers revalidate each time, a CDN asks at most once a second. */
export const liveCaching = "public, max-age=0, s-maxage=1, stale-while-revalidate=5";
/** Official figures never change. */
export const officialCaching = "public, max-age=60, s-maxage=3600, stale-while-revalidate=86400";

/** `REVISION-CRC32`: equal bodies have equal ids, whichever process made them. */
export function contentId(body: Buffer, revision: number): string {
  return `${revision}-${crc32(body).toString(16).padStart(8, "0")}`;
}

interface CacheableOptions {
  /** The body's content id. */
  readonly id: string;
  /** `Cache-Control`. */
  readonly caching: string;
  /** Default `application/json`. */
  readonly type?: string;
  /** Request headers, besides Accept-Encoding, that the body depends on. */
  readonly vary?: string;
}

/**
 * Answers with a body in the coding that the client prefers, or with 304 if the client has it. Each
 * coding has its own strong entity tag.
 */
export async function sendCacheable(
  request: FastifyRequest,
  reply: FastifyReply,
  body: CodedBody,
  { id, caching, type = "application/json", vary }: CacheableOptions,
): Promise<FastifyReply> {
  const accepted = request.headers["accept-encoding"];
  const coding = body.codingFor(Array.isArray(accepted) ? accepted.join(",") : accepted);
  const tag = `"${coding === "identity" ? id : `${id}-${coding}`}"`;
  const varying = vary === undefined ? "Accept-Encoding" : `Accept-Encoding, ${vary}`;
  reply.headers({ etag: tag, "cache-control": caching, vary: varying });
  if (clientHas(request.headers["if-none-match"], tag)) return reply.code(304).send();
  const bytes = await body.in(coding);
  if (coding !== "identity") reply.header("content-encoding", coding);
  return reply.type(type).send(bytes);
}

/** Evaluates `If-None-Match` (RFC 9110 13.1.2): a list of tags, compared weakly, or `*`. */
function clientHas(condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false;
  if (condition.trim() === "*") return true;
  return condition.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === tag);
}
