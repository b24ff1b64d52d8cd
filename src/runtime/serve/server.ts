import { addProbes, createHttpServer } from "../http/server.js";
import { addStatus } from "../http/status.js";
import type { Registry } from "../ledger/port.js";
import type { Logger } from "../telemetry/logger.js";
import type { StoreChecks } from "../telemetry/store-checks.js";
import type { View } from "../view/port.js";
import { LiveStreams } from "./live/live-streams.js";
import { addPages } from "./page/pages.js";
import { CachedRead } from "./results/cached-read.js";
import { Feeds } from "./results/feeds.js";
import { Follower } from "./results/follower.js";
import type { LogEnds } from "./results/log-lag.js";
import { addRoutes } from "./routes.js";

export interface ServeOptions {
  readonly registry: Registry;
  readonly view: View;
  /** With it, results say how far the tallies are behind the log. Nothing else is read there. */
  readonly logEnds?: LogEnds;
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** At most one event in this time. Default 250. */
  readonly tickMs?: number;
  /** Default 15,000. */
  readonly keepAliveMs?: number;
  /** A stream that takes nothing for this long is dropped. Default 30,000. */
  readonly maxStuckMs?: number;
  /** Event streams and WebSockets open at once. Default 20,000. */
  readonly maxStreams?: number;
  /** Where ballots go from the voting page; without it there is none. */
  readonly voteUrl?: string;
  /** Asked for the status. */
  readonly stores?: StoreChecks;
  /** This is one of several processes on the port: a status is this one's alone. */
  readonly shared?: boolean;
  readonly logger?: Pick<Logger, "warn" | "error">;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningServe {
  readonly url: string;
  readonly port: number;
  /** Ends the streams, spread over a few seconds, answers what is waiting, closes. */
  stop(): Promise<void>;
}

/** A reading this old is still current. */
const maxAgeMs = 50;
const maxUnsentBytes = 64 * 1_024;
export const defaultMaxStreams = 20_000;
/** Connections besides the streams: polls, probes, and pages. */
const otherConnections = 2_000;

/**
 * Serves live results as cacheable JSON, as server-sent events and over WebSockets. Only reads;
 * keeps nothing that the view does not have, so any number of these run side by side.
 *
 * @throws VoteError `port-in-use`, or `invalid-usage` for an address that cannot be had
 */
export async function startServe(options: ServeOptions): Promise<RunningServe> {
  const { registry, view, logEnds, host, port, logger } = options;
  const { maxStreams = defaultMaxStreams } = options;
  const onUnexpected = (error: unknown) => logger?.error({ err: error }, "unexpected");
  const reading = {
    maxAgeMs,
    now: options.now ?? Date.now,
    onFailure: (error: unknown) => logger?.warn({ err: error }, "results are stale"),
  };
  const server = createHttpServer({ onUnexpected });
  server.app.server.maxConnections = maxStreams + otherConnections;
  const streams = new LiveStreams({
    tickMs: options.tickMs ?? 250,
    keepAliveMs: options.keepAliveMs ?? 15_000,
    maxUnsentBytes,
    maxStuckMs: options.maxStuckMs ?? 30_000,
    maxClients: maxStreams,
    onUnexpected,
  });
  const feeds = new Feeds({ ...reading, registry, view, logEnds });
  const elections = new CachedRead({ ...reading, load: () => registry.list() });
  const closeSilent = addRoutes(server, {
    feeds,
    streams,
    elections: () => elections.get(),
    onUnexpected,
  });
  addPages(server, {
    figuresOf: async (id) => (await feeds.open(id)).state.result,
    elections: async () => (await elections.get()).value,
    voteUrl: options.voteUrl,
    now: reading.now,
  });
  addProbes(server, async () => {
    const [first] = await registry.list();
    await view.get(first?.id ?? "none");
  });
  addStatus(server, {
    role: "serve",
    stores: options.stores,
    figures: () => {
      const { asOf, stale = false } = feeds.newest ?? {};
      const viewAgeMs = asOf === undefined ? null : Math.max(0, reading.now() - asOf);
      return { ...streams.figures, viewAgeMs, stale, shared: options.shared === true };
    },
  });
  const { url, port: boundPort } = await server.listen({ host, port });
  const follower = new Follower({
    elections: async () => (await elections.get()).value,
    feedOf: async (id) => (await feeds.open(id)).feed,
  });
  follower.start();
  return {
    url,
    port: boundPort,
    async stop() {
      const goodbye = server.stop(() => streams.stop());
      closeSilent();
      await Promise.all([follower.stop(), goodbye]);
    },
  };
}
