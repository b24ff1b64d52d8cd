import type {
  FrameRecord,
  Log,
  OutgoingFrame,
  PartitionHandler,
  Subscription,
  Topic,
} from "../port.js";
import { TopicAppender } from "./append/appender.js";
import { LeaderLookup } from "./append/leaders.js";
import type { KafkaCluster, MakeMember } from "./client/client.js";
import { logUnavailable } from "./client/errors.js";
import {
  createElectionTopic,
  type DurabilityOptions,
  type KafkaAdmin,
  partitionsWithRecords,
  topicName,
} from "./client/settings.js";
import { TopicFetcher } from "./consume/fetch.js";
import { TopicReader } from "./consume/reader.js";
import { KafkaSubscription } from "./consume/subscription.js";

export interface KafkaLogParts {
  readonly admin: KafkaAdmin;
  /** The group that shares a topic's partitions. */
  readonly groupOf: (topic: string) => string;
  readonly durability: DurabilityOptions;
  readonly makeCluster: () => KafkaCluster;
  readonly makeMember: MakeMember;
  readonly stuckAfterMs: number;
  readonly notice: (topic: string, error: unknown) => void;
  /** A reader that is not asked for so long gives its connections back. Default 30,000. */
  readonly readerIdleMs?: number;
}

/** Reads one topic; its connections are its own. */
interface HeldReader {
  readonly reader: TopicReader;
  calls: number;
  idle?: NodeJS.Timeout;
}

/** The log over the parts of a Kafka client, opened and closed as elections need them. */
export class KafkaLog implements Log {
  readonly #parts: KafkaLogParts;
  #lookup: LeaderLookup | undefined;
  readonly #appenders = new Map<string, TopicAppender>();
  readonly #readers = new Map<string, HeldReader>();
  readonly #subscriptions = new Set<Subscription>();

  constructor(parts: KafkaLogParts) {
    this.#parts = parts;
  }

  createTopic(topic: Topic): Promise<void> {
    return createElectionTopic(this.#parts.admin, topic, this.#parts.durability);
  }

  async append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    const elections = new Set(frames.map(({ election }) => election));
    if (elections.size === 1) return this.#appender(frames[0].election).append(frames);
    const positions: number[] = [];
    const appends = [...elections].map(async (election) => {
      const places = [...frames.keys()].filter((index) => frames[index].election === election);
      const theirs = await this.#appender(election).append(places.map((index) => frames[index]));
      places.forEach((index, at) => {
        positions[index] = theirs[at];
      });
    });
    await Promise.all(appends);
    return positions;
  }

  read(election: string, partition: number, from: number, max: number): Promise<FrameRecord[]> {
    return this.#reading(election, (reader) => reader.read(partition, from, max));
  }

  partitions(election: string): Promise<number[]> {
    return partitionsWithRecords(this.#parts.admin, election);
  }

  end(election: string, partition: number): Promise<number> {
    return this.#reading(election, (reader) => reader.end(partition));
  }

  async subscribe(
    topics: () => Promise<Topic[]>,
    handler: PartitionHandler,
  ): Promise<Subscription> {
    const { makeMember, makeCluster, stuckAfterMs, notice } = this.#parts;
    const subscription = new KafkaSubscription({
      topics,
      handler,
      makeMember,
      makeCluster,
      stuckAfterMs,
      notice,
      now: () => performance.now(),
    });
    await subscription.start();
    this.#subscriptions.add(subscription);
    return {
      stop: async () => {
        this.#subscriptions.delete(subscription);
        await subscription.stop();
      },
    };
  }

  async members(election: string): Promise<number> {
    const { admin, groupOf } = this.#parts;
    try {
      return await admin.groupMembers(groupOf(topicName(election)));
    } catch (error) {
      throw logUnavailable(`tell who reads ${topicName(election)}`, error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((one) => one.stop()));
    await Promise.all([
      ...[...this.#appenders.values()].map((one) => one.close()),
      ...[...this.#readers.keys()].map((election) => this.#giveBack(election)),
      this.#lookup?.close(),
      this.#parts.admin.disconnect(),
    ]);
  }

  /** Connections of its own for each topic: elections do not wait for each other's sends. */
  #appender(election: string): TopicAppender {
    let appender = this.#appenders.get(election);
    if (appender === undefined) {
      const { makeCluster } = this.#parts;
      this.#lookup ??= new LeaderLookup(makeCluster());
      appender = new TopicAppender(topicName(election), makeCluster(), this.#lookup);
      this.#appenders.set(election, appender);
    }
    return appender;
  }

  /** Elections that are over are asked for their ends now and then, and there may be many. */
  async #reading<T>(election: string, work: (reader: TopicReader) => Promise<T>): Promise<T> {
    const held = this.#reader(election);
    clearTimeout(held.idle);
    held.calls++;
    try {
      return await work(held.reader);
    } finally {
      held.calls--;
      if (held.calls === 0) {
        const { readerIdleMs = 30_000 } = this.#parts;
        held.idle = setTimeout(() => void this.#giveBack(election), readerIdleMs).unref();
      }
    }
  }

  #reader(election: string): HeldReader {
    let held = this.#readers.get(election);
    if (held === undefined) {
      const topic = topicName(election);
      const fetcher = new TopicFetcher(topic, this.#parts.makeCluster());
      held = { reader: new TopicReader(topic, fetcher), calls: 0 };
      this.#readers.set(election, held);
    }
    return held;
  }

  async #giveBack(election: string): Promise<void> {
    const held = this.#readers.get(election);
    this.#readers.delete(election);
    clearTimeout(held?.idle);
    await held?.reader.close().catch((error) => this.#parts.notice(topicName(election), error));
  }
}
