import type { ServerResponse } from "node:http";
import { VoteError } from "../core/errors.js";
import type { ElectionFeed, FeedState } from "./election-feed.js";

export interface EventStreamsOptions {
  /** How long between two looks at a result that somebody watches. */
  readonly tickMs: number;
  /** A comment is sent this often, so that nobody in between takes the connection for dead. */
  readonly keepAliveMs: number;
  /** A client with more than this unsent gets no more until it has caught up. */
  readonly maxUnsentBytes: number;
  /** A client that has not caught up within this is dropped. */
  readonly maxStuckMs: number;
  readonly maxClients: number;
  readonly onUnexpected: (error: unknown) => void;
}

interface Client {
  readonly response: ServerResponse;
  /** The state it was sent last. */
  sent: FeedState | undefined;
  /** Ticks in a row that found something unsent. */
  stuckTicks: number;
}

interface Channel {
  readonly feed: ElectionFeed;
  readonly clients: Set<Client>;
  timer: NodeJS.Timeout | undefined;
  ticks: number;
}

const head = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // Tells nginx and its like not to gather the events.
  "x-accel-buffering": "no",
  "access-control-allow-origin": "*",
};

/** How soon a client comes back after its connection broke. */
const retry = "retry: 2000\n\n";
const keepAlive = Buffer.from(": keep-alive\n\n");

/**
 * The open event streams of all elections. One poller for each election that is watched; each new
 * state is encoded once, and whoever is slow skips to the newest.
 */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #channels = new Map<string, Channel>();
  #clients = 0;
  #stopped = false;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#clients;
  }

  /** @throws VoteError `overloaded` or `shutting-down` if there is no room for one more */
  requireRoom(): void {
    if (this.#stopped) throw new VoteError("shutting-down", "This process is shutting down.");
    if (this.#clients < this.#options.maxClients) return;
    throw new VoteError("overloaded", `${this.#clients} event streams are open already.`, {
      hint: "Poll the result instead, or come back later.",
    });
  }

  /**
   * Takes over a response, and sends every change of the feed until the client goes.
   *
   * @param state    the feed's state now
   * @param lastSeen revision that the client has already (`Last-Event-ID`)
   */
  open(
    feed: ElectionFeed,
    state: FeedState,
    response: ServerResponse,
    lastSeen: string | undefined,
  ): void {
    // Gone while its state was being read: no "close" would come any more.
    if (response.destroyed) return;
    const client: Client = { response, sent: undefined, stuckTicks: 0 };
    const channel = this.#channelOf(feed);
    channel.clients.add(client);
    this.#clients++;
    response.once("close", () => this.#forget(channel, client));
    response.on("error", () => response.destroy());
    response.writeHead(200, head);
    response.write(retry);
    if (!state.stale && lastSeen === String(state.result.revision)) client.sent = state;
    else this.#send(client, state);
  }

  /** Ends every stream; clients come back, to another process. */
  stop(): void {
    this.#stopped = true;
    for (const channel of this.#channels.values()) {
      clearTimeout(channel.timer);
      for (const { response } of channel.clients) response.end();
    }
  }

  #channelOf(feed: ElectionFeed): Channel {
    const known = this.#channels.get(feed.election);
    if (known !== undefined) return known;
    const channel: Channel = { feed, clients: new Set(), timer: undefined, ticks: 0 };
    this.#channels.set(feed.election, channel);
    this.#schedule(channel);
    return channel;
  }

  #forget(channel: Channel, client: Client): void {
    if (!channel.clients.delete(client)) return;
    this.#clients--;
    if (channel.clients.size > 0) return;
    clearTimeout(channel.timer);
    this.#channels.delete(channel.feed.election);
  }

  /** The next tick comes after this one is done, so that a slow view is not asked twice at once. */
  #schedule(channel: Channel): void {
    channel.timer = setTimeout(() => {
      this.#tick(channel)
        .catch(this.#options.onUnexpected)
        .finally(() => {
          if (!this.#stopped && channel.clients.size > 0) this.#schedule(channel);
        });
    }, this.#options.tickMs);
  }

  async #tick(channel: Channel): Promise<void> {
    const { tickMs, keepAliveMs } = this.#options;
    const state = await channel.feed.current();
    channel.ticks++;
    const alive = channel.ticks % Math.max(1, Math.round(keepAliveMs / tickMs)) === 0;
    for (const client of channel.clients) {
      if (this.#dropIfStuck(client)) continue;
      if (client.sent !== state) this.#send(client, state);
      else if (alive && client.response.writableLength === 0) client.response.write(keepAlive);
    }
  }

  #dropIfStuck(client: Client): boolean {
    client.stuckTicks = client.response.writableLength === 0 ? 0 : client.stuckTicks + 1;
    if (client.stuckTicks * this.#options.tickMs <= this.#options.maxStuckMs) return false;
    client.response.destroy();
    return true;
  }

  /** Skipped while too much is unsent: the next tick sends what is newest then. */
  #send(client: Client, state: FeedState): void {
    if (client.response.writableLength > this.#options.maxUnsentBytes) return;
    client.sent = state;
    client.response.write(state.event);
  }
}
