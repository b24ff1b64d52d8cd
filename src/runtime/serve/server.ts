import type { FastifyReply, FastifyRequest } from "fastify";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { addProbes, createHttpServer, type HttpServer } from "../http/server.js";
import type { Registry } from "../ledger/port.js";
import type { Logger } from "../telemetry/logger.js";
import type { View } from "../view/port.js";
import { CachedRead } from "./cached-read.js";
import { ElectionFeed, entityTagOf, type FeedState } from "./election-feed.js";
import { EventStreams } from "./event-streams.js";

export interface ServeOptions {
  readonly registry: Registry;
  readonly view: View;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** At most one event in this time. Default 250. */
  readonly tickMs?: number;
  /** Default 15,000. */
  readonly keepAliveMs?: number;
  /** A stream that takes nothing for this long is dropped. Default 30,000. */
  readonly maxStuckMs?: number;
  /** Event streams open at once. Default 20,000. */
  readonly maxStreams?: number;
  readonly logger?: Pick<Logger, "warn" | "error">;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningServe {
  readonly url: string;
  readonly port: number;
  /** Ends the event streams, answers what is waiting, closes. */
  stop(): Promise<void>;
}

/** A reading this old is still current. */
const maxAgeMs = 50;
const maxUnsentBytes = 64 * 1_024;

/** While votes come in: browsers ask each time, a CDN at most once a second for all of them. */
const liveCaching = "public, max-age=0, s-maxage=1, stale-while-revalidate=5";
/** Official figures do not change any more. */
const officialCaching = "public, max-age=60, s-maxage=3600, stale-while-revalidate=86400";

/**
 * Serves live results as cacheable JSON and as server-sent events. Only reads; keeps nothing that
 * the view does not have, so any number of these run side by side.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  const { registry, view, host, port, logger } = options;
  const onUnexpected = (error: unknown) => logger?.error({ err: error }, "unexpected");
  const reading = {
    maxAgeMs,
    now: options.now ?? Date.now,
    onFailure: (error: unknown) => logger?.warn({ err: error }, "results are stale"),
  };
  const server = createHttpServer({ onUnexpected });
  const streams = new EventStreams({
    tickMs: options.tickMs ?? 250,
    keepAliveMs: options.keepAliveMs ?? 15_000,
    maxUnsentBytes,
    maxStuckMs: options.maxStuckMs ?? 30_000,
    maxClients: options.maxStreams ?? 20_000,
    onUnexpected,
  });
  const feeds = new Map<string, ElectionFeed>();
  const elections = new CachedRead({ ...reading, load: () => registry.list() });
  const feedOf = async (id: string): Promise<[ElectionFeed, FeedState]> => {
    const feed = feeds.get(id) ?? new ElectionFeed(id, { ...reading, registry, view });
    const state = await feed.current();
    // Kept only once the election is known to exist, and only the first of a simultaneous few.
    if (!feeds.has(id)) feeds.set(id, feed);
    return [feeds.get(id) ?? feed, state];
  };
  addRoutes(server, feedOf, streams, async () => listBody(await elections.get()));
  addProbes(server, async () => {
    const [first] = await registry.list();
    await view.get(first?.id ?? "none");
  });
  const { url, port: boundPort } = await server.listen({ host, port });
  return { url, port: boundPort, stop: () => server.stop(async () => streams.stop()) };
}

type FeedOf = (id: string) => Promise<[ElectionFeed, FeedState]>;
interface ElectionRequest {
  Params: { id: string };
  Querystring: { detail?: unknown };
}

function addRoutes(
  { app }: HttpServer,
  feedOf: FeedOf,
  streams: EventStreams,
  list: () => Promise<Buffer>,
): void {
  // Results are public: any page may read them.
  app.addHook("onRequest", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
    reply.header("access-control-expose-headers", "etag, retry-after");
  });
  app.get("/v1/elections", async (request, reply) => {
    return sendCacheable(request, reply, await list(), 0, liveCaching);
  });
  app.get<ElectionRequest>("/v1/elections/:id/result", async (request, reply) => {
    const { detail } = request.query;
    if (detail !== undefined && detail !== "partitions") {
      throw new VoteError("bad-request", "The only detail there is: partitions.");
    }
    const [, state] = await feedOf(request.params.id);
    const { official, revision } = state.result;
    const body = detail === undefined ? state.body : state.detailedBody;
    const caching = official && !state.stale ? officialCaching : liveCaching;
    return sendCacheable(request, reply, body, revision, caching);
  });
  const events = { exposeHeadRoute: false };
  app.get<ElectionRequest>("/v1/elections/:id/events", events, async (request, reply) => {
    streams.requireRoom();
    const [feed, state] = await feedOf(request.params.id);
    const lastSeen = request.headers["last-event-id"];
    reply.hijack();
    streams.open(feed, state, reply.raw, Array.isArray(lastSeen) ? lastSeen[0] : lastSeen);
  });
}

function sendCacheable(
  request: FastifyRequest,
  reply: FastifyReply,
  body: Buffer,
  revision: number,
  caching: string,
): FastifyReply {
  const tag = entityTagOf(body, revision);
  reply.header("etag", tag).header("cache-control", caching);
  if (isKnown(request.headers["if-none-match"], tag)) return reply.code(304).send();
  return reply.type("application/json").send(body);
}

/** RFC 9110 13.1.2: a list of tags, compared weakly, or `*`. */
function isKnown(condition: string | undefined, tag: string): boolean {
  if (condition === undefined) return false;
  if (condition.trim() === "*") return true;
  return condition.split(",").some((candidate) => candidate.trim().replace(/^W\//, "") === tag);
}

/** Without the key id: it names a secret, and helps no reader. */
function listBody(reading: { value: Election[]; stale: boolean; asOf: number }): Buffer {
  const elections = reading.value.map(({ keyId: _, ...election }) => election);
  const freshness = reading.stale ? { stale: true, asOf: reading.asOf } : {};
  return Buffer.from(JSON.stringify({ elections, ...freshness }));
}
