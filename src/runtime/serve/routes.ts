import type { ElectionList } from "../contracts/http/election.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Reading } from "../http/cached-read.js";
import { CodedBody } from "../http/content-coding.js";
import type { HttpServer } from "../http/server.js";
import { addEventFastPath, type FastPathOptions } from "./live/event-fast-path.js";
import { isOnEventStream, startEventStream } from "./live/event-stream.js";
import { LiveClient } from "./live/live-client.js";
import type { LiveStreams } from "./live/live-streams.js";
import { addWebSockets } from "./live/web-sockets.js";
import { contentId, liveCaching, officialCaching, sendCacheable } from "./results/cacheable.js";
import type { Feeds } from "./results/feeds.js";

interface RouteParts {
  readonly feeds: Feeds;
  readonly streams: LiveStreams;
  readonly elections: () => Promise<Reading<Election[]>>;
  readonly onUnexpected: (error: unknown) => void;
}

/** As long as the HTTP server waits for the head of a request. */
const silenceMs = 5_000;

interface ElectionRequest {
  Params: { id: string };
  Querystring: { detail?: unknown; lastEventId?: unknown };
}

/**
 * Adds the JSON, event-stream and WebSocket routes.
 *
 * @returns closes the connections that have not sent anything yet
 */
export function addRoutes(server: HttpServer, parts: RouteParts): () => void {
  const { app } = server;
  app.addHook("onRequest", async (request, reply) => {
    if (isOnEventStream(request.raw)) {
      reply.hijack();
      request.raw.destroy();
      return;
    }
    // Results are public: any page may read them.
    reply.header("access-control-allow-origin", "*");
    reply.header("access-control-expose-headers", "etag, retry-after");
  });
  addReads(server, parts);
  addStreams(server, parts);
  return addEventFastPath(app.server, fastPathOptions(parts));
}

/** Most event streams come this way, and the others by their route. */
function fastPathOptions({ feeds, streams }: RouteParts): FastPathOptions {
  return {
    silenceMs,
    async open({ election, lastEventId }) {
      streams.requireCapacity();
      const { feed, state } = await feeds.open(election);
      return (socket) => streams.add(feed, state, new LiveClient(socket, stateIdOf(lastEventId)));
    },
  };
}

function addReads({ app }: HttpServer, { feeds, elections }: RouteParts): void {
  const list = memoized(elections, listBody);
  app.get("/v1/elections", async (request, reply) => {
    const body = await list();
    const id = contentId(body.identity, 0);
    return sendCacheable(request, reply, body, { id, caching: liveCaching });
  });
  app.get<ElectionRequest>("/v1/elections/:id/result", async (request, reply) => {
    const { detail } = request.query;
    if (detail !== undefined && detail !== "partitions") {
      throw new VoteError("bad-request", "The only detail is partitions.");
    }
    const { state } = await feeds.open(request.params.id);
    const { body, id } = detail === undefined ? state : state.detailed;
    const caching = state.isFinal ? officialCaching : liveCaching;
    return sendCacheable(request, reply, body, { id, caching });
  });
  app.get<ElectionRequest>("/v1/elections/:id/history", async (request, reply) => {
    const { feed } = await feeds.open(request.params.id);
    const { body, revision } = feed.history;
    const id = contentId(body.identity, revision);
    return sendCacheable(request, reply, body, { id, caching: liveCaching });
  });
}

function addStreams(server: HttpServer, { feeds, streams, onUnexpected }: RouteParts): void {
  const { app } = server;
  const alone = { exposeHeadRoute: false };
  app.get<ElectionRequest>("/v1/elections/:id/events", alone, async (request, reply) => {
    streams.requireCapacity();
    const { feed, state } = await feeds.open(request.params.id);
    const socket = startEventStream(request.raw, reply.raw);
    reply.hijack();
    const { "last-event-id": header } = request.headers;
    // The header comes with each reconnection, so it is newer than the query.
    const last = header ?? request.query.lastEventId;
    streams.add(feed, state, new LiveClient(socket, stateIdOf(last)));
  });
  app.get<ElectionRequest>("/v1/elections/:id/socket", alone, async (request) => {
    await feeds.open(request.params.id);
    throw new VoteError("bad-request", "This address takes WebSockets only.", {
      hint: "Connect with a WebSocket client, or use the server-sent events.",
    });
  });
  addWebSockets(server, {
    onUnexpected,
    async open(election, query) {
      streams.requireCapacity();
      const { feed, state } = await feeds.open(election);
      const last = stateIdOf(query.get("lastEventId"));
      return (socket, webSocket) =>
        streams.add(feed, state, new LiveClient(socket, last, webSocket));
    },
  });
}

/** Reads a state's id from an event id or from an entity tag of the result. */
function stateIdOf(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first !== "string") return undefined;
  return /^(?:W\/)?"?(\d+-[0-9a-f]{8})(?:-(?:br|gzip))?"?$/.exec(first)?.[1];
}

/** Derives a value from a reading, once for each new reading. */
function memoized<T, R>(
  read: () => Promise<Reading<T>>,
  derive: (reading: Reading<T>) => R,
): () => Promise<R> {
  let last: { readonly reading: Reading<T>; readonly derived: R } | undefined;
  return async () => {
    const reading = await read();
    if (last?.reading !== reading) last = { reading, derived: derive(reading) };
    return last.derived;
  };
}

/** Leaves out the key id, which names a secret, and what is of no use to readers. */
function listBody({ value, stale, asOf }: Reading<Election[]>): CodedBody {
  const elections = value.map(
    ({ keyId: _, signers: __, voided: ___, keyDestroyed: ____, gateways: _____, ...election }) =>
      election,
  );
  const list: ElectionList = { elections, ...(stale ? { stale, asOf } : {}) };
  return new CodedBody(JSON.stringify(list));
}
