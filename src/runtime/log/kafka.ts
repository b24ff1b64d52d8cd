import {
  AssignerProtocol,
  type Cluster,
  ConfigResourceTypes,
  Kafka,
  type KafkaConfig,
  logLevel,
  type PartitionAssigner,
} from "kafkajs";
import { VoteError } from "../core/errors.js";
import { TopicAppender } from "./kafka-appender.js";
import { assignPartitions, decodeClaim, encodeClaim } from "./kafka-assignment.js";
import type { Claim, KafkaCluster, KafkaMember, MakeMember } from "./kafka-client.js";
import { logUnavailable } from "./kafka-errors.js";
import { TopicFetcher } from "./kafka-fetch.js";
import { heartbeatMs, sessionTimeoutMs } from "./kafka-membership.js";
import { TopicReader } from "./kafka-reader.js";
import {
  checkTopics,
  createElectionTopic,
  type DurabilityOptions,
  type KafkaAdmin,
  repairTopics,
  type SettingFinding,
  topicName,
} from "./kafka-settings.js";
import { KafkaSubscription } from "./kafka-subscription.js";
import type {
  FrameRecord,
  Log,
  OutgoingFrame,
  PartitionHandler,
  Subscription,
  Topic,
} from "./port.js";

export interface KafkaConnection {
  /** host:port of some of the brokers. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly ssl?: KafkaConfig["ssl"];
  /** PLAIN, SCRAM, or OAUTHBEARER with a function that gets a cloud's token. */
  readonly sasl?: KafkaConfig["sasl"];
}

export interface KafkaLogOptions extends KafkaConnection, DurabilityOptions {
  /** Tallies of the same name share the partitions. */
  readonly groupId?: string;
  /** A handler's call that takes longer hands its partitions over. */
  readonly stuckAfterMs?: number;
  /** Told what goes wrong in the background and is tried again. No voter ids pass here. */
  readonly notice?: (topic: string, error: unknown) => void;
}

const defaultStuckAfterMs = 120_000;

/** A request that is not answered has failed; a broker that is gone says so at once. */
function connectKafka({ brokers, clientId, ssl, sasl }: KafkaConnection): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId: clientId ?? "vote",
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    // Enough for a cold coordinator or a leader being elected; all else is our own to try again.
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    logLevel: logLevel.NOTHING,
  });
}

/**
 * The log on Apache Kafka: one topic an election, one record a frame. Of the client it uses the
 * producer, the admin, the group membership and plain fetches; what it appends and where it reads
 * on is decided here.
 *
 * @throws VoteError `log-unavailable` when no broker answers
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const kafka = connectKafka(options);
  const admin = adminOf(kafka);
  try {
    await admin.connect();
  } catch (error) {
    await admin.disconnect().catch(() => undefined);
    throw logUnavailable(`be reached at ${options.brokers.join(", ")}`, error);
  }
  return new KafkaLog(kafka, admin, options);
}

class KafkaLog implements Log {
  readonly #kafka: Kafka;
  readonly #admin: KafkaAdmin;
  readonly #options: KafkaLogOptions;
  readonly #appenders = new Map<string, TopicAppender>();
  readonly #readers = new Map<string, TopicReader>();
  readonly #subscriptions = new Set<Subscription>();

  constructor(kafka: Kafka, admin: KafkaAdmin, options: KafkaLogOptions) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#options = options;
  }

  createTopic(topic: Topic): Promise<void> {
    return createElectionTopic(this.#admin, topic, this.#options);
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
    return this.#reader(election).read(partition, from, max);
  }

  end(election: string, partition: number): Promise<number> {
    return this.#reader(election).end(partition);
  }

  async subscribe(
    topics: () => Promise<Topic[]>,
    handler: PartitionHandler,
  ): Promise<Subscription> {
    const { groupId = "vote-tally", stuckAfterMs = defaultStuckAfterMs, notice } = this.#options;
    const subscription = new KafkaSubscription({
      topics,
      handler,
      makeMember: memberMaker(this.#kafka, groupId),
      makeCluster: () => clusterOf(this.#kafka),
      stuckAfterMs,
      notice: notice ?? (() => undefined),
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

  async close(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((one) => one.stop()));
    await Promise.all([
      ...[...this.#appenders.values()].map((one) => one.close()),
      ...[...this.#readers.values()].map((one) => one.close()),
      this.#admin.disconnect(),
    ]);
  }

  /** A producer for each topic: one that has seen a topic which is deleted later fails for all. */
  #appender(election: string): TopicAppender {
    let appender = this.#appenders.get(election);
    if (appender === undefined) {
      const producer = this.#kafka.producer({
        allowAutoTopicCreation: false,
        idempotent: false,
        createPartitioner: () => chosenPartition,
        retry: { retries: 0 },
      });
      appender = new TopicAppender(topicName(election), producer);
      this.#appenders.set(election, appender);
    }
    return appender;
  }

  #reader(election: string): TopicReader {
    let reader = this.#readers.get(election);
    if (reader === undefined) {
      const topic = topicName(election);
      reader = new TopicReader(topic, new TopicFetcher(topic, clusterOf(this.#kafka)));
      this.#readers.set(election, reader);
    }
    return reader;
  }
}

function chosenPartition({ message }: { message: { partition?: number } }): number {
  if (message.partition === undefined) throw new Error("a frame without a partition");
  return message.partition;
}

/** The client gives its cluster to whoever assigns partitions, and has no other way to fetch. */
function clusterOf(kafka: Kafka): KafkaCluster {
  let cluster: Cluster | undefined;
  kafka.consumer({
    groupId: "vote-never-joined",
    allowAutoTopicCreation: false,
    readUncommitted: true,
    partitionAssigners: [
      (config) => {
        cluster = config.cluster;
        return stickyAssigner(() => ({ generation: -1, partitions: [] }))(config);
      },
    ],
  });
  if (cluster === undefined) throw new VoteError("internal-error", "kafkajs gave no cluster");
  return cluster;
}

function stickyAssigner(claim: () => Claim): PartitionAssigner {
  const { MemberAssignment, MemberMetadata } = AssignerProtocol;
  const [name, version] = ["vote-sticky", 1];
  return ({ cluster }) => ({
    name,
    version,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version, topics, userData: encodeClaim(claim()) }),
    }),
    async assign({ members, topics: [topic] }) {
      const claims = new Map(
        members.map(({ memberId, memberMetadata }) => {
          const userData = MemberMetadata.decode(memberMetadata)?.userData;
          return [memberId, decodeClaim(userData)] as const;
        }),
      );
      const partitions = cluster.findTopicPartitionMetadata(topic).length;
      return [...assignPartitions(partitions, claims)].map(([memberId, mine]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version,
          assignment: { [topic]: mine },
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** Members by the client's consumer, which never gets a record: all it reads is paused. */
function memberMaker(kafka: Kafka, groupId: string): MakeMember {
  return (topic, claim, listener): KafkaMember => {
    const consumer = kafka.consumer({
      groupId: `${groupId}.${topic}`,
      partitionAssigners: [stickyAssigner(claim)],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      // The client beats between its fetches; with all paused it only sleeps for so long.
      maxWaitTimeInMs: heartbeatMs / 4,
      allowAutoTopicCreation: false,
      readUncommitted: true,
      // A crashed consumer that restarts itself cannot be told from one that does not.
      retry: { restartOnFailure: async () => false },
    });
    const { events } = consumer;
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      consumer.pause([{ topic }]);
      listener.assigned(payload.memberAssignment[topic] ?? []);
    });
    consumer.on(events.HEARTBEAT, ({ payload }) => listener.beat(payload.groupGenerationId));
    consumer.on(events.CRASH, ({ payload }) => listener.ended(payload.error));
    return {
      async join() {
        await consumer.connect();
        await consumer.subscribe({ topic });
        await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
      },
      async commit(positions) {
        await consumer.commitOffsets(
          positions.map(([partition, at]) => ({ topic, partition, offset: String(at) })),
        );
      },
      leave: () => consumer.disconnect(),
    };
  };
}

/** Where the client says what an operator set on the topic itself. */
const setOnTopic = 1;

function adminOf(kafka: Kafka): KafkaAdmin {
  const admin = kafka.admin();
  const describe = async (topics: readonly string[]) => {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    });
    return resources;
  };
  const named = ({ configName, configValue }: { configName: string; configValue: string }) => ({
    name: configName,
    value: configValue,
  });
  return {
    connect: () => admin.connect(),
    disconnect: () => admin.disconnect(),
    listTopics: () => admin.listTopics(),
    createTopics: (options) => admin.createTopics(options),
    fetchTopicMetadata: async (options) => admin.fetchTopicMetadata(options),
    async describeTopicConfigs(topics) {
      const resources = await describe(topics);
      return new Map(
        resources.map(({ resourceName, configEntries }) => [
          resourceName,
          configEntries.map(named),
        ]),
      );
    },
    async alterTopicConfig(topic, entries) {
      const [resource] = await describe([topic]);
      // The client only knows the call that resets whatever it does not name.
      const kept = resource.configEntries
        .filter(({ configSource }) => Number(configSource) === setOnTopic)
        .map(named)
        .filter(({ name }) => !entries.some((entry) => entry.name === name));
      await admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: topic,
            configEntries: [...kept, ...entries],
          },
        ],
      });
    },
  };
}

export type KafkaSettingsOptions = KafkaConnection & DurabilityOptions;

/**
 * Looks at the topics of all elections and changes nothing.
 *
 * @returns what is not as durability needs it; nothing when all is well
 * @throws VoteError `log-unavailable`
 */
export const checkKafka = (options: KafkaSettingsOptions): Promise<SettingFinding[]> =>
  withAdmin(options, (admin) => checkTopics(admin, options));

/**
 * Sets on the topics of all elections what durability needs; may be run again and again.
 *
 * @returns what was found; where `changeable`, it is set as wanted now
 * @throws VoteError `log-unavailable`
 */
export const initKafka = (options: KafkaSettingsOptions): Promise<SettingFinding[]> =>
  withAdmin(options, (admin) => repairTopics(admin, options));

async function withAdmin<T>(
  options: KafkaConnection,
  work: (admin: KafkaAdmin) => Promise<T>,
): Promise<T> {
  const admin = adminOf(connectKafka(options));
  try {
    await admin.connect();
    return await work(admin);
  } catch (error) {
    throw logUnavailable(`be reached at ${options.brokers.join(", ")}`, error);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
