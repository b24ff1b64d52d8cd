/**
 * How a result gets from the view to a screen:
 *
 * 1. `results/result-reader.ts` reads an election from the registry and its partitions' counts from
 *    the view. `election-feed.ts` and `http/cached-read.ts` share one read among all clients, at
 *    most one every 50 ms, and serve the last result as stale if a read fails.
 * 2. `results/result.ts` adds the partitions up. A certified election's figures come from its
 *    certificate instead. `log-lag.ts` adds how far the tallies are behind the log.
 * 3. A `FeedState` is that result as JSON, with an id of revision and checksum. All processes give
 *    the same content the same id, so it serves as entity tag and as event id.
 * 4. A client that polls gets the state from `routes.ts`, compressed and cacheable
 *    (`cacheable.ts`).
 * 5. A client that listens comes in through `live/event-fast-path.ts`, the events route or
 *    `live/web-sockets.ts`. `live/live-streams.ts` ticks four times a second: it takes the newest
 *    state, and `live/channel.ts` makes one delta from each earlier state that a client may have.
 *    The bytes are encoded once and written to every socket. A slow client skips states.
 * 6. `page/results-page.ts` renders the state as HTML. In the browser, `page/client/live.ts`
 *    follows the event stream, applies each delta, and `page/client/results-view.ts` updates the
 *    page.
 *
 * `ballots.ts` answers what has become of one ballot, from the ledger.
 *
 * `results/follower.ts` reads open elections even if no client asks, for the history of the count.
 */

import type { ServeMetrics } from "../contracts/http/status.js";
import { CachedRead } from "../http/cached-read.js";
import type { ConnectionLimits } from "../http/connections/connection-limits.js";
import { limitAddresses } from "../http/limits/address-limit.js";
import { addProbes, createHttpServer, type HttpAddress } from "../http/server.js";
import { addStatus, listenAndTell } from "../http/status.js";
import { addVoteKeys } from "../http/vote-keys.js";
import type { LedgerReader } from "../ledger/port.js";
import type { Registry } from "../registry/port.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { ClockCheck } from "../time/clock-check.js";
import type { View } from "../view/port.js";
import { addBallots } from "./ballots.js";
import { LiveStreams } from "./live/live-streams.js";
import { addPages } from "./page/pages.js";
import { Feeds } from "./results/feeds.js";
import { Follower } from "./results/follower.js";
import type { LogEnds } from "./results/log-lag.js";
import { addRoutes } from "./routes.js";
import { addShortLinks } from "./short-links.js";

/** What a serve process reads from, and its limits. */
export interface ServeOptions extends ConnectionLimits {
  readonly registry: Registry;
  readonly view: View;
  /** With it, results say how far the tallies are behind the log. */
  readonly logEnds?: LogEnds;
  /** With it, voters can ask what has become of their ballots. */
  readonly ledger?: LedgerReader;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Each stream gets at most one update in this time. Default 250. */
  readonly tickMs?: number;
  /** Each stream gets a sign of life this often. Default 5,000. */
  readonly keepAliveMs?: number;
  /** A stream that accepts no bytes for this long is dropped. Default 30,000. */
  readonly maxStuckMs?: number;
  /** The limit of event streams and WebSockets together. Default 20,000. */
  readonly maxStreams?: number;
  /** Where the voting page sends ballots; without it there is no voting page. */
  readonly voteUrl?: string;
  /** File of short links to voting pages; see `addShortLinks`. */
  readonly linksFile?: string;
  /** Where Prometheus finds it. Default: nowhere. */
  readonly metricsAt?: HttpAddress | undefined;
  /** Reported by `/statusz`. */
  readonly stores?: StoreChecks;
  readonly clocks?: ClockCheck;
  readonly logger?: Pick<Logger, "warn" | "error">;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface RunningServe {
  readonly url: string;
  readonly port: number;
  readonly metricsUrl: string | undefined;
  /** Closes the streams over a few seconds, answers the pending requests, and stops listening. */
  stop(): Promise<void>;
}

/** A younger reading is reused. */
const maxAgeMs = 50;
/** The page calls a server silent after three missed ones (`page/client/banner.ts`). */
const defaultKeepAliveMs = 5_000;
const maxUnsentBytes = 64 * 1_024;
const defaultMaxStreams = 20_000;
/** Connections for everything but streams: polls, probes and pages. */
const otherConnections = 2_000;

/**
 * Starts a server of live results, as cacheable JSON, server-sent events and WebSockets. It only
 * reads, so any number of them run side by side.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  const { registry, view, logEnds, ledger, host, port, logger } = options;
  const { maxStreams = defaultMaxStreams } = options;
  const onUnexpected = (error: unknown) => logger?.error({ err: error }, "unexpected");
  const reading = {
    maxAgeMs,
    now: options.now ?? Date.now,
    onFailure: (error: unknown) => logger?.warn({ err: error }, "results are stale"),
  };
  const { maxConnections = maxStreams + otherConnections } = options;
  const server = createHttpServer({ ...options, onUnexpected, maxConnections });
  limitAddresses(server, options.maxRequestsPerSecondPerAddress);
  const streams = new LiveStreams({
    tickMs: options.tickMs ?? 250,
    keepAliveMs: options.keepAliveMs ?? defaultKeepAliveMs,
    maxUnsentBytes,
    maxStuckMs: options.maxStuckMs ?? 30_000,
    maxClients: maxStreams,
    onUnexpected,
  });
  const feeds = new Feeds({ ...reading, registry, view, logEnds });
  const elections = new CachedRead({ ...reading, load: () => registry.list() });
  const closeSilentConnections = addRoutes(server, {
    feeds,
    streams,
    elections: () => elections.get(),
    onUnexpected,
  });
  addVoteKeys(server, elections);
  if (ledger !== undefined) addBallots(server, ledger, elections);
  addPages(server, {
    resultOf: async (id) => (await feeds.open(id)).state.result,
    elections: async () => (await elections.get()).value,
    voteUrl: options.voteUrl,
    now: reading.now,
  });
  if (options.linksFile !== undefined) addShortLinks(server, options.linksFile);
  addProbes(server, async () => {
    const [first] = await registry.list();
    await view.get(first?.id ?? "none");
  });
  const { stores, clocks } = options;
  const metrics = () => ({ ...streams.statistics, ...freshnessOf(feeds, reading.now()) });
  const scrape = addStatus(server, { role: "serve", stores, clocks, metrics });
  const bound = await listenAndTell(server, { host, port }, options.metricsAt, scrape);
  const follower = new Follower({
    elections: async () => (await elections.get()).value,
    feedOf: async (id) => (await feeds.open(id)).feed,
    now: reading.now,
  });
  follower.start();
  return {
    ...bound,
    async stop() {
      const goodbye = bound.stop(() => streams.stop());
      closeSilentConnections();
      await Promise.all([follower.stop(), goodbye]);
    },
  };
}

/** How old the newest reading of the view is. */
function freshnessOf(feeds: Feeds, now: number): Pick<ServeMetrics, "viewAgeMs" | "stale"> {
  const { asOf, stale = false } = feeds.newest ?? {};
  return { viewAgeMs: asOf === undefined ? null : Math.max(0, now - asOf), stale };
}
