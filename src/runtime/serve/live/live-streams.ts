import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";
import { shuttingDown } from "../../http/server.js";
import type { ElectionFeed, FeedState } from "../results/election-feed.js";
import { Channel } from "./channel.js";
import type { LiveClient } from "./live-client.js";
import { EncodedMessages, endMessage } from "./messages.js";

export interface LiveStreamsOptions {
  /** From one look at a result that somebody watches to the next. */
  readonly tickMs: number;
  /** A sign of life is sent this often. */
  readonly keepAliveMs: number;
  /** A client with more than this unsent gets no more until it has caught up. */
  readonly maxUnsentBytes: number;
  /** A client that has not caught up within this is dropped. */
  readonly maxStuckMs: number;
  readonly maxClients: number;
  readonly onUnexpected: (error: unknown) => void;
}

export interface StreamFigures {
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
  readonly life: NodeJS.Timeout;
}

/** So many clients are written to before others get a turn: a poll does not wait for all. */
const clientsPerTurn = 512;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

const theEnd = new EncodedMessages([endMessage]);

/** How fast a process that stops says good-bye, and in how many steps. */
const goodbyesPerSecond = 2_000;
const maxGoodbyeMs = 5_000;
const goodbyeStepMs = 50;
/** After its good-bye, a client has this long to close the connection. */
const goodbyeGraceMs = 1_000;
/** Clients come back after a second at least, and the more there are, the more spread. */
const minRetryMs = 1_000;
const retrySpreadMsPerClient = 1;
const maxRetrySpreadMs = 15_000;

/**
 * All clients that are told of every change, of all elections. One look a tick at each election
 * that is watched; each change is encoded once, and whoever is slow skips to the newest.
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

  /** Clients of all elections together. */
  get size(): number {
    return this.#clients;
  }

  /** Who is connected, by transport, and what was sent to all since the start. */
  get figures(): StreamFigures {
    const clients = { events: 0, frames: 0 };
    for (const { transport } of this.#all()) clients[transport]++;
    return {
      eventStreams: clients.events,
      webSockets: clients.frames,
      messagesSent: this.#messagesSent,
      bytesSent: this.#bytesSent,
    };
  }

  /** @throws VoteError `overloaded` or `shutting-down` if there is no room for one more */
  requireRoom(): void {
    if (this.#stopping) throw shuttingDown();
    if (this.#clients < this.#options.maxClients) return;
    throw new VoteError("overloaded", `${this.#clients} live streams are open already.`, {
      hint: "Poll the result instead, or come back later.",
    });
  }

  /**
   * Sends the way to the newest state from the one that the client has, and then every change,
   * until the connection closes.
   *
   * @param state the feed's state now
   */
  add(feed: ElectionFeed, state: FeedState, client: LiveClient): void {
    const { socket } = client;
    // Gone while its state was being read: no "close" would come any more.
    if (socket.destroyed) return;
    const watched = this.#watch(feed, state);
    watched.channel.advance(state);
    watched.clients.add(client);
    this.#clients++;
    socket.on("close", () => this.#forget(watched, client));
    const { channel } = watched;
    if (client.has !== channel.current.id) this.#bringUpToDate(channel, client);
    // Its connection broke between the official result and the end.
    else if (channel.current.isFinal) client.write(theEnd[client.transport]);
  }

  /**
   * Ends every stream, a few at a time, and tells each client to come back at another time than
   * the others: to another process.
   *
   * @param random from 0 to 1
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
    for (const { timer, life } of this.#watched.values()) {
      clearTimeout(timer);
      clearInterval(life);
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
    // Not by the ticks: each waits for its figures, and a registry that is down lets it wait long.
    const life = setInterval(() => void showLife(clients), this.#options.keepAliveMs);
    const watched: Watched = { feed, channel, clients, timer: undefined, life };
    this.#watched.set(feed.election, watched);
    this.#schedule(watched, performance.now() + this.#options.tickMs);
    return watched;
  }

  #forget(watched: Watched, client: LiveClient): void {
    if (!watched.clients.delete(client)) return;
    this.#clients--;
    if (watched.clients.size > 0) return;
    clearTimeout(watched.timer);
    clearInterval(watched.life);
    this.#watched.delete(watched.feed.election);
  }

  /** Never two at once; a tick that took its time is followed by the next one when it is due. */
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
      if (client.has !== channel.current.id) this.#bringUpToDate(channel, client);
    }
  }

  #dropIfStuck(client: LiveClient): boolean {
    const now = performance.now();
    if (client.stuckSince === 0) client.stuckSince = now;
    if (now - client.stuckSince <= this.#options.maxStuckMs) return false;
    client.socket.destroy();
    return true;
  }

  /** Skipped while too much is unsent: the next tick sends what is newest then. */
  #bringUpToDate(channel: Channel, client: LiveClient): void {
    if (client.has === channel.current.id) return;
    if (client.unsentBytes > this.#options.maxUnsentBytes) return;
    const message = channel.updateFrom(client.has)[client.transport];
    client.write(message);
    this.#messagesSent++;
    this.#bytesSent += message.length;
    client.has = channel.current.id;
  }
}

async function showLife(clients: Iterable<LiveClient>): Promise<void> {
  let visited = 0;
  for (const client of clients) {
    if (++visited % clientsPerTurn === 0) await nextTurn();
    if (client.unsentBytes === 0) client.writeSignOfLife();
  }
}

function goodbyeMessage(retryMs: number): EncodedMessages {
  const data = JSON.stringify({ reason: "shutting-down", retryMs });
  return new EncodedMessages([{ event: "closing", retryMs, data }]);
}
