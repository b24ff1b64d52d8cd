import type { FrameRecord } from "../../port.js";
import type { FetchedPartition, FetchRequest, KafkaCluster } from "../client/client.js";
import { lostBroker, partitionMissing } from "../client/errors.js";

/** Where to fetch one partition's records from. */
export interface FetchPosition {
  readonly partition: number;
  readonly position: number;
}

export interface FetchBounds {
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
}

/** We write no transactions, so there is nothing uncommitted to hold back. */
const readUncommitted = 0;

/**
 * Plain fetches from one topic, without a group and without a consumer: the client's consumer
 * fetches again only once its slowest partition is done, and lets its positions be changed only
 * from outside. Here, each partition's records arrive in exact order by construction.
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

  /** Groups positions by the broker that leads their partitions. */
  async leaders(positions: readonly FetchPosition[]): Promise<Map<string, FetchPosition[]>> {
    await this.#connect();
    const byLeader = new Map<string, FetchPosition[]>();
    const partitions = positions.map(({ partition }) => partition);
    const led = this.#cluster.findLeaderForPartitions(this.#topic, partitions);
    for (const [leader, theirs] of Object.entries(led)) {
      const wanted = positions.filter(({ partition }) => theirs.includes(partition));
      if (wanted.length > 0) byLeader.set(leader, wanted);
    }
    return byLeader;
  }

  /** @throws Error of the type that brokers give, if the topic has no such partition */
  async leaderOf(partition: number): Promise<string> {
    const [leader] = (await this.leaders([{ partition, position: 0 }])).keys();
    if (leader === undefined) throw partitionMissing(partition);
    return leader;
  }

  /**
   * One request to one broker, after those before it: a broker answers a connection's requests in
   * turn anyway, and the client opens a connection for each request that finds none.
   *
   * @returns records by partition, from the position asked for
   */
  fetch(
    leader: string,
    positions: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<Map<number, FrameRecord[]>> {
    const before = this.#turns.get(leader) ?? Promise.resolve();
    const fetch = before.then(() => this.#fetch(leader, positions, bounds));
    this.#turns.set(
      leader,
      fetch.catch(() => undefined),
    );
    return fetch;
  }

  async #fetch(
    leader: string,
    positions: readonly FetchPosition[],
    bounds: FetchBounds,
  ): Promise<Map<number, FrameRecord[]>> {
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    const { responses } = await broker.fetch(this.#request(positions, bounds));
    const records = new Map<number, FrameRecord[]>();
    for (const part of responses.flatMap(({ partitions }) => partitions)) {
      const asked = positions.find(({ partition }) => partition === part.partition);
      if (asked === undefined) continue;
      const got = recordsFrom(part, asked.position);
      // The client merges the answer by partition, so each partition occurs once.
      if (got.length > 0) records.set(part.partition, got);
    }
    return records;
  }

  /** The position after the last record that every replica in sync has. */
  end(partition: number): Promise<number> {
    return this.#offset(partition, false);
  }

  /** The first record's position: 0 unless records were deleted. */
  start(partition: number): Promise<number> {
    return this.#offset(partition, true);
  }

  async #offset(partition: number, fromBeginning: boolean): Promise<number> {
    await this.leaderOf(partition);
    const [{ partitions }] = await this.#cluster.fetchTopicsOffset([
      { topic: this.#topic, partitions: [{ partition }], fromBeginning },
    ]);
    return Number(partitions[0].offset);
  }

  /** Prepares another attempt after a failure: looks up each partition's leader again. */
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

  #request(positions: readonly FetchPosition[], bounds: FetchBounds): FetchRequest {
    return {
      isolationLevel: readUncommitted,
      maxWaitTime: bounds.maxWaitMs,
      minBytes: 1,
      maxBytes: bounds.maxBytes,
      topics: [
        {
          topic: this.#topic,
          partitions: positions.map(({ partition, position }) => ({
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
