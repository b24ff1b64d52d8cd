import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";
import { shuttingDown } from "../../http/server.js";
import type { ElectionFeed, FeedState } from "../results/election-feed.js";
import { Channel } from "./channel.js";
import type { LiveClient } from "./live-client.js";
import { EncodedMessages, endMessage } from "./messages.js";

interface LiveStreamsOptions {
  /** How often a watched result is read. */
  readonly tickMs: number;
  /** How often a connection gets a sign of life. */
  readonly keepAliveMs: number;
  /** A client with more unsent bytes gets no update until it has caught up. */
  readonly maxUnsentBytes: number;
  /** A client that takes longer to catch up is dropped. */
  readonly maxStuckMs: number;
  readonly maxClients: number;
  readonly onUnexpected: (error: unknown) => void;
}

/** The open connections, and what was sent since the start. */
interface StreamStatistics {
  readonly eventStreams: number;
  readonly webSockets: number;
  readonly messagesSent: number;
  readonly bytesSent: number;
}

interface Watched {
  readonly feed: ElectionFeed;
  readonly channel: Channel;
  readonly clients: Set<LiveClient>;
  timer: NodeJS.Timeout | undefined;
  readonly keepAliveTimer: NodeJS.Timeout;
}

/** After this many clients, other work gets a turn, so that no poll waits for all of them. */
const clientsPerTurn = 512;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

const encodedEnd = new EncodedMessages([endMessage]);

/** A stopping process closes its streams at this rate, in steps. */
const goodbyesPerSecond = 2_000;
const maxGoodbyeMs = 5_000;
const goodbyeStepMs = 50;
/** How long clients have to close their connections after the good-bye. */
const goodbyeGraceMs = 1_000;
/** Clients reconnect after at least a second; the more there are, the more spread out. */
const minRetryMs = 1_000;
const retrySpreadMsPerClient = 1;
const maxRetrySpreadMs = 15_000;

/**
 * Sends every change to the connected clients of all elections. Each watched election is read once
 * a tick, each change is encoded once, and a slow client skips to the newest state.
 */
export class LiveStreams {
  readonly #options: LiveStreamsOptions;
  readonly #watched = new Map<string, Watched>();
  #clients = 0;
  #messagesSent = 0;
  #bytesSent = 0;
  #stopping = false;

  constructor(options: LiveStreamsOptions) {
    this.#options = options;
  }

  get statistics(): StreamStatistics {
    const clients = { events: 0, frames: 0 };
    for (const { transport } of this.#all()) clients[transport]++;
    return {
      eventStreams: clients.events,
      webSockets: clients.frames,
      messagesSent: this.#messagesSent,
      bytesSent: this.#bytesSent,
    };
  }

  /** @throws VoteError `overloaded` or `shutting-down` if no further client can be added */
  requireCapacity(): void {
    if (this.#stopping) throw shuttingDown();
    if (this.#clients < this.#options.maxClients) return;
    throw new VoteError("overloaded", `${this.#clients} live streams are open already.`, {
      hint: "Poll the result instead, or come back later.",
    });
  }

  /**
   * Brings a client up to date, and then sends it every change until its connection closes.
   *
   * @param state the feed's current state
   */
  add(feed: ElectionFeed, state: FeedState, client: LiveClient): void {
    const { socket } = client;
    // It closed while the state was being read: there would be no "close" event.
    if (socket.destroyed) return;
    const watched = this.#watch(feed, state);
    watched.channel.advance(state);
    watched.clients.add(client);
    this.#clients++;
    socket.on("close", () => this.#forget(watched, client));
    const { channel } = watched;
    if (client.stateId !== channel.current.id) this.#bringUpToDate(channel, client);
    // Its connection broke after the official result and before the end message.
    else if (channel.current.isFinal) client.write(encodedEnd[client.transport]);
  }

  /**
   * Closes every stream, a few at a time, and tells each client a different time to reconnect, to
   * another process.
   *
   * @param random returns 0 to 1
   */
  async stop(random: () => number = Math.random): Promise<void> {
    this.#stopping = true;
    const spreadMs = Math.min(
      maxRetrySpreadMs,
      Math.max(minRetryMs, this.#clients * retrySpreadMsPerClient),
    );
    const lastingMs = Math.min(maxGoodbyeMs, (this.#clients / goodbyesPerSecond) * 1_000);
    const perStep = Math.ceil(this.#clients / Math.max(1, Math.ceil(lastingMs / goodbyeStepMs)));
    for (const [index, client] of this.#all().entries()) {
      if (index > 0 && index % perStep === 0) await sleep(goodbyeStepMs);
      const goodbye = goodbyeMessage(Math.round(minRetryMs + random() * spreadMs));
      client.write(goodbye[client.transport]);
      client.end();
    }
    const end = performance.now() + goodbyeGraceMs;
    while (this.#clients > 0 && performance.now() < end) await sleep(goodbyeStepMs);
    for (const { timer, keepAliveTimer } of this.#watched.values()) {
      clearTimeout(timer);
      clearInterval(keepAliveTimer);
    }
    for (const client of this.#all()) client.socket.destroy();
  }

  #all(): LiveClient[] {
    return [...this.#watched.values()].flatMap(({ clients }) => [...clients]);
  }

  #watch(feed: ElectionFeed, state: FeedState): Watched {
    const known = this.#watched.get(feed.election);
    if (known !== undefined) return known;
    const channel = new Channel(state);
    const clients = new Set<LiveClient>();
    // Apart from the ticks: a tick waits for the registry and the view, perhaps for long.
    const keepAliveTimer = setInterval(() => void keepAlive(clients), this.#options.keepAliveMs);
    const watched: Watched = { feed, channel, clients, timer: undefined, keepAliveTimer };
    this.#watched.set(feed.election, watched);
    this.#schedule(watched, performance.now() + this.#options.tickMs);
    return watched;
  }

  #forget(watched: Watched, client: LiveClient): void {
    if (!watched.clients.delete(client)) return;
    this.#clients--;
    if (watched.clients.size > 0) return;
    clearTimeout(watched.timer);
    clearInterval(watched.keepAliveTimer);
    this.#watched.delete(watched.feed.election);
  }

  /** Ticks never overlap; after a slow tick the next one starts at once. */
  #schedule(watched: Watched, dueAt: number): void {
    const now = performance.now();
    watched.timer = setTimeout(() => {
      void this.#tick(watched)
        .catch(this.#options.onUnexpected)
        .finally(() => {
          if (watched.clients.size === 0) return;
          this.#schedule(watched, Math.max(dueAt + this.#options.tickMs, performance.now()));
        });
    }, dueAt - now);
  }

  async #tick(watched: Watched): Promise<void> {
    const { feed, channel, clients } = watched;
    channel.advance(await feed.current());
    let visited = 0;
    for (const client of clients) {
      if (++visited % clientsPerTurn === 0) await nextTurn();
      if (client.unsentBytes === 0) client.stuckSince = 0;
      else if (this.#dropIfStuck(client)) continue;
      if (client.stateId !== channel.current.id) this.#bringUpToDate(channel, client);
    }
  }

  #dropIfStuck(client: LiveClient): boolean {
    const now = performance.now();
    if (client.stuckSince === 0) client.stuckSince = now;
    if (now - client.stuckSince <= this.#options.maxStuckMs) return false;
    client.socket.destroy();
    return true;
  }

  /** Does nothing while too much is unsent: a later tick sends what is then newest. */
  #bringUpToDate(channel: Channel, client: LiveClient): void {
    if (client.stateId === channel.current.id) return;
    if (client.unsentBytes > this.#options.maxUnsentBytes) return;
    const message = channel.updateFrom(client.stateId)[client.transport];
    client.write(message);
    this.#messagesSent++;
    this.#bytesSent += message.length;
    client.stateId = channel.current.id;
  }
}

async function keepAlive(clients: Iterable<LiveClient>): Promise<void> {
  let visited = 0;
  for (const client of clients) {
    if (++visited % clientsPerTurn === 0) await nextTurn();
    if (client.unsentBytes === 0) client.writeKeepAlive();
  }
}

function goodbyeMessage(retryMs: number): EncodedMessages {
  const data = JSON.stringify({ reason: "shutting-down", retryMs });
  return new EncodedMessages([{ event: "closing", retryMs, data }]);
}
