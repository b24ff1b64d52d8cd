import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { CodedBody } from "../http/content-coding.js";
import type { HttpServer } from "../http/server.js";
import { openEventDoor } from "./live/event-fast-path.js";
import { cameOnEventStream, startEventStream } from "./live/event-stream.js";
import { LiveClient } from "./live/live-client.js";
import type { LiveStreams } from "./live/live-streams.js";
import { addWebSockets } from "./live/web-sockets.js";
import { contentId, liveCaching, officialCaching, sendCacheable } from "./results/cacheable.js";
import type { Reading } from "./results/cached-read.js";
import type { Feeds } from "./results/feeds.js";

export interface RouteParts {
  readonly feeds: Feeds;
  readonly streams: LiveStreams;
  readonly elections: () => Promise<Reading<Election[]>>;
  readonly onUnexpected: (error: unknown) => void;
}

/** As long as the HTTP server waits for a request's head. */
const silenceMs = 5_000;

interface ElectionRequest {
  Params: { id: string };
  Querystring: { detail?: unknown; lastEventId?: unknown };
}

/**
 * All that serve answers, but for its pages and probes.
 *
 * @returns closes the connections that have not asked for anything yet
 */
export function addRoutes(server: HttpServer, parts: RouteParts): () => void {
  const { app } = server;
  app.addHook("onRequest", async (request, reply) => {
    if (cameOnEventStream(request.raw)) {
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
  return addEventDoor(server, parts);
}

/** The way most event streams come; what it does not take, comes by the route. */
function addEventDoor({ app }: HttpServer, { feeds, streams }: RouteParts): () => void {
  return openEventDoor(app.server, {
    silenceMs,
    async open({ election, lastEventId }) {
      streams.requireRoom();
      const { feed, state } = await feeds.open(election);
      return (socket) => streams.add(feed, state, new LiveClient(socket, stateIdOf(lastEventId)));
    },
  });
}

function addReads({ app }: HttpServer, { feeds, elections }: RouteParts): void {
  const list = latest(elections, listBody);
  app.get("/v1/elections", async (request, reply) => {
    const body = await list();
    const id = contentId(body.identity, 0);
    return sendCacheable(request, reply, body, { id, caching: liveCaching });
  });
  app.get<ElectionRequest>("/v1/elections/:id/result", async (request, reply) => {
    const { detail } = request.query;
    if (detail !== undefined && detail !== "partitions") {
      throw new VoteError("bad-request", "The only detail there is: partitions.");
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
    streams.requireRoom();
    const { feed, state } = await feeds.open(request.params.id);
    const socket = startEventStream(request.raw, reply.raw);
    reply.hijack();
    const { "last-event-id": header } = request.headers;
    // A header comes again with every reconnection, and so is newer than the address.
    const last = header ?? request.query.lastEventId;
    streams.add(feed, state, new LiveClient(socket, stateIdOf(last)));
  });
  app.get<ElectionRequest>("/v1/elections/:id/socket", alone, async (request) => {
    await feeds.open(request.params.id);
    throw new VoteError("bad-request", "This address speaks WebSocket only.", {
      hint: "Connect with a WebSocket client, or take the server-sent events.",
    });
  });
  addWebSockets(server, {
    onUnexpected,
    async open(election, query) {
      streams.requireRoom();
      const { feed, state } = await feeds.open(election);
      const last = stateIdOf(query.get("lastEventId"));
      return (socket, webSocket) =>
        streams.add(feed, state, new LiveClient(socket, last, webSocket));
    },
  });
}

/** Of an event's id; an entity tag of the result names the same state. */
function stateIdOf(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  if (typeof first !== "string") return undefined;
  return /^(?:W\/)?"?(\d+-[0-9a-f]{8})(?:-(?:br|gzip))?"?$/.exec(first)?.[1];
}

/** Makes something of a reading once, however often it is asked for. */
function latest<T, R>(
  read: () => Promise<Reading<T>>,
  make: (reading: Reading<T>) => R,
): () => Promise<R> {
  let last: { readonly reading: Reading<T>; readonly made: R } | undefined;
  return async () => {
    const reading = await read();
    if (last?.reading !== reading) last = { reading, made: make(reading) };
    return last.made;
  };
}

/** Without the key id: it names a secret, and helps no reader. */
function listBody({ value, stale, asOf }: Reading<Election[]>): CodedBody {
  const elections = value.map(({ keyId: _, ...election }) => election);
  return new CodedBody(JSON.stringify({ elections, ...(stale ? { stale, asOf } : {}) }));
}
