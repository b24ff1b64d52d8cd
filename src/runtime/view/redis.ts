import type { ConnectionOptions } from "node:tls";
import { Cluster, Redis } from "ioredis";
import { messageOf, VoteError } from "../core/errors.js";
import { backoffMs } from "../time/backoff.js";
import { systemClock } from "../time/clock.js";
import type { ElectionView, PartitionView, SetOutcome, View } from "./port.js";

/** The fields beside those of the partitions, which are numbers. */
const recountingField = "recounting";

/**
 * KEYS: the election's hash. ARGV: field, sequence, figures, channel. Returns "set", or whether the
 * stored sequence is the "same" or "newer", compared as numbers. What cannot be read is replaced.
 */
const setIfNewer = `
local current = redis.call('HGET', KEYS[1], ARGV[1])
if current then
  local readable, figures = pcall(cjson.decode, current)
  local stands = readable and type(figures) == 'table' and tonumber(figures.sequence)
  if stands and stands == tonumber(ARGV[2]) then return 'same' end
  if stands and stands > tonumber(ARGV[2]) then return 'newer' end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 'set'`;

export interface RedisViewOptions {
  /** redis://HOST:PORT, or rediss:// for TLS; user and password may stand in it. */
  readonly url: string;
  /** Certificates and the like, as Node's TLS takes them. */
  readonly tls?: ConnectionOptions;
  /** The URL is one node of a Redis Cluster. */
  readonly cluster?: boolean;
  /** Before every key and channel. */
  readonly keyPrefix?: string;
  readonly connectTimeoutMs?: number;
  /** Until a call that got no answer is given up, and the connection with it. */
  readonly commandTimeoutMs?: number;
}

/**
 * The view on Redis. Opening waits for the connection for a moment but does not insist on it: a
 * tally must start without its view. Afterwards it connects again whenever it can, and calls fail
 * at once while it cannot.
 */
export async function openRedisView(options: RedisViewOptions): Promise<View> {
  const { keyPrefix = "vote:", connectTimeoutMs = 1_000 } = options;
  const client = createClient(options);
  const view = new RedisView(client, keyPrefix);
  await connectedTo(client, connectTimeoutMs);
  return view;
}

/** Resolves once the client is connected, refused, or the time is up. */
export function connectedTo(client: Redis | Cluster, withinMs = 1_000): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemClock.after(withinMs, done);
    function done() {
      cancel();
      client.off("ready", done);
      client.off("close", done);
      resolve();
    }
    client.once("ready", done);
    client.once("close", done);
  });
}

/** Makes the client, which begins to connect. */
export function createClient(options: RedisViewOptions): Redis | Cluster {
  const { url, tls, cluster = false, connectTimeoutMs = 1_000, commandTimeoutMs = 2_000 } = options;
  const node = {
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    // A server that hangs, or a network that swallows, ends only like this.
    socketTimeout: commandTimeoutMs,
    // What has no answer when the connection ends is refused, not sent again: newer figures come.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    ...(tls === undefined ? {} : { tls }),
  };
  const retryMs = (attempt: number) => backoffMs(attempt, { firstMs: 100, maxMs: 1_000 });
  if (!cluster) {
    return new Redis(url, {
      ...node,
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      retryStrategy: retryMs,
    });
  }
  const { username, password, protocol } = new URL(url);
  return new Cluster([url], {
    enableAutoPipelining: true,
    clusterRetryStrategy: retryMs,
    // The nodes that the cluster names are reached as the first one is.
    redisOptions: {
      ...node,
      ...(username === "" ? {} : { username: decodeURIComponent(username) }),
      ...(password === "" ? {} : { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" && tls === undefined ? { tls: {} } : {}),
    },
  });
}

/**
 * One hash an election, so that an election has one slot of a cluster: a field for each
 * partition's figures as JSON, and one for the recount's time.
 */
class RedisView implements View {
  readonly #client: Redis | Cluster;
  readonly #keyPrefix: string;
  #lastError = "it is not connected yet";

  constructor(client: Redis | Cluster, keyPrefix: string) {
    this.#client = client;
    this.#keyPrefix = keyPrefix;
    client.on("error", (error: Error) => {
      this.#lastError = error.message;
    });
  }

  #key(election: string): string {
    return `${this.#keyPrefix}{${election}}`;
  }

  #channel(election: string): string {
    return `${this.#key(election)}:changed`;
  }

  async set(election: string, figures: PartitionView): Promise<SetOutcome> {
    const { partition, sequence } = figures;
    // Not by its hash: a server that has restarted would not know the script.
    const outcome = await this.#attempt(() =>
      this.#client.eval(
        setIfNewer,
        1,
        this.#key(election),
        partition,
        sequence,
        JSON.stringify(figures),
        this.#channel(election),
      ),
    );
    return outcome as SetOutcome;
  }

  async replace(election: string, figures: PartitionView): Promise<void> {
    const field = String(figures.partition);
    await this.#attempt(async () => {
      await this.#client.hset(this.#key(election), field, JSON.stringify(figures));
      await this.#client.publish(this.#channel(election), field);
    });
  }

  async setRecounting(election: string, at: number): Promise<void> {
    await this.#attempt(async () => {
      await this.#client.hset(this.#key(election), recountingField, String(at));
      await this.#client.publish(this.#channel(election), recountingField);
    });
  }

  async get(election: string): Promise<ElectionView> {
    return this.#attempt(async () =>
      electionViewOf(await this.#client.hgetall(this.#key(election))),
    );
  }

  async #attempt<T>(action: () => Promise<T>): Promise<T> {
    if (this.#client.status !== "ready") throw unavailable(this.#lastError);
    try {
      return await action();
    } catch (cause) {
      throw unavailable(messageOf(cause), cause);
    }
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }
}

/** The failure of a call that Redis did not answer, or refused. */
export const unavailable = (reason: string, cause?: unknown) =>
  new VoteError("view-unavailable", `Redis does not answer: ${reason}`, {
    publicMessage: "The view does not answer.",
    cause,
    hint: "Votes go on being counted; the view is filled again once Redis is back.",
  });

/** Decodes an election's hash. @throws SyntaxError when a field holds no JSON */
export function electionViewOf(hash: Readonly<Record<string, string>>): ElectionView {
  const recountingAt = hash[recountingField];
  return {
    partitions: Object.entries(hash)
      // Earlier versions kept the official result beside them.
      .filter(([field]) => /^\d+$/.test(field))
      .map(([, value]) => JSON.parse(value) as PartitionView)
      .sort((one, other) => one.partition - other.partition),
    ...(recountingAt === undefined ? {} : { recountingAt: Number(recountingAt) }),
  };
}
