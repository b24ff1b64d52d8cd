import type { FrameRecord } from "../../port.js";
import type { FetchedPartition, FetchRequest, KafkaCluster } from "../client/client.js";
import { lostBroker } from "../client/errors.js";

/** One partition's wish: records from a position on. */
export interface Wish {
  readonly partition: number;
  readonly position: number;
}

export interface FetchBounds {
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
}

/** Nobody writes in transactions, so nothing is ever held back. */
const readUncommitted = 0;

/**
 * Plain fetches from one topic, without a group and without a consumer: the client's consumer
 * fetches again only once its slowest partition is done, and its positions can only be steered
 * from outside. What stands here is in exact order by construction.
 */
export class TopicFetcher {
  readonly #topic: string;
  readonly #cluster: KafkaCluster;
  readonly #turns = new Map<string, Promise<unknown>>();
  #connected: Promise<void> | undefined;

  constructor(topic: string, cluster: KafkaCluster) {
    this.#topic = topic;
    this.#cluster = cluster;
  }

  /** The wishes by the broker that leads their partitions. */
  async leaders(wishes: readonly Wish[]): Promise<Map<string, Wish[]>> {
    await this.#connect();
    const byLeader = new Map<string, Wish[]>();
    const partitions = wishes.map(({ partition }) => partition);
    const led = this.#cluster.findLeaderForPartitions(this.#topic, partitions);
    for (const [leader, theirs] of Object.entries(led)) {
      const wanted = wishes.filter(({ partition }) => theirs.includes(partition));
      if (wanted.length > 0) byLeader.set(leader, wanted);
    }
    return byLeader;
  }

  /**
   * One request to one broker, after those before it: a broker answers a connection's requests in
   * turn anyway, and the client opens a connection for each request that finds none.
   *
   * @returns records by partition, from the position wished for
   */
  fetch(
    leader: string,
    wishes: readonly Wish[],
    bounds: FetchBounds,
  ): Promise<Map<number, FrameRecord[]>> {
    const before = this.#turns.get(leader) ?? Promise.resolve();
    const fetch = before.then(() => this.#fetch(leader, wishes, bounds));
    this.#turns.set(
      leader,
      fetch.catch(() => undefined),
    );
    return fetch;
  }

  async #fetch(
    leader: string,
    wishes: readonly Wish[],
    bounds: FetchBounds,
  ): Promise<Map<number, FrameRecord[]>> {
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const { responses } = await broker.fetch(this.#request(wishes, bounds));
    const records = new Map<number, FrameRecord[]>();
    for (const part of responses.flatMap(({ partitions }) => partitions)) {
      const wish = wishes.find(({ partition }) => partition === part.partition);
      if (wish === undefined) continue;
      const got = recordsFrom(part, wish.position);
      // The client mixes the partitions of a request, so a partition's answer comes in one part.
      if (got.length > 0) records.set(part.partition, got);
    }
    return records;
  }

  /** The position after the last record that every replica in sync has. */
  async end(partition: number): Promise<number> {
    await this.#connect();
    const [{ partitions }] = await this.#cluster.fetchTopicsOffset([
      { topic: this.#topic, partitions: [{ partition }], fromBeginning: false },
    ]);
    return Number(partitions[0].offset);
  }

  /** Prepares another attempt after a failure: looks anew who leads what. */
  async recover(error: unknown): Promise<void> {
    const lost = lostBroker(error);
    if (lost !== undefined) this.#cluster.removeBroker(lost);
    if (this.#connected !== undefined) await this.#cluster.refreshMetadata();
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#cluster
      .connect()
      .then(() => this.#cluster.addTargetTopic(this.#topic))
      .catch((error: unknown) => {
        this.#connected = undefined;
        throw error;
      });
    return this.#connected;
  }

  #request(wishes: readonly Wish[], bounds: FetchBounds): FetchRequest {
    return {
      isolationLevel: readUncommitted,
      maxWaitTime: bounds.maxWaitMs,
      minBytes: 1,
      maxBytes: bounds.maxBytes,
      topics: [
        {
          topic: this.#topic,
          partitions: wishes.map(({ partition, position }) => ({
            partition,
            fetchOffset: String(position),
            maxBytes: bounds.maxPartitionBytes,
          })),
        },
      ],
    };
  }
}

/** A batch is fetched whole, also when the position is in its middle. */
function recordsFrom({ messages }: FetchedPartition, position: number): FrameRecord[] {
  const records: FrameRecord[] = [];
  for (const { offset, value } of messages) {
    const at = Number(offset);
    // No frame is empty; what has no value was not written by us, and openFrame says so.
    if (at >= position) records.push({ position: at, bytes: value ?? Buffer.alloc(0) });
  }
  return records;
}
