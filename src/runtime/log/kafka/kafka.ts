import kafkajs, {
  type Cluster,
  type Kafka,
  type KafkaConfig,
  type PartitionAssigner,
} from "kafkajs";
import { VoteError } from "../../core/errors.js";
import type { Log } from "../port.js";
import type {
  Claim,
  KafkaCluster,
  KafkaMember,
  KafkaProducer,
  MakeMember,
} from "./client/client.js";
import { logUnavailable } from "./client/errors.js";
import {
  checkTopics,
  type DurabilityOptions,
  type KafkaAdmin,
  repairTopics,
  type SettingFinding,
} from "./client/settings.js";
import { openSocket } from "./client/socket.js";
import { assignPartitions, decodeClaim, encodeClaim } from "./consume/assignment.js";
import { heartbeatMs, sessionTimeoutMs } from "./consume/membership.js";
import { KafkaLog } from "./log.js";

export interface KafkaConnection {
  /** host:port of some of the brokers. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly ssl?: KafkaConfig["ssl"];
  /** PLAIN, SCRAM, or OAUTHBEARER with a function that gets a cloud's token. */
  readonly sasl?: KafkaConfig["sasl"];
}

/** What the log is opened with. */
export interface KafkaLogOptions extends KafkaConnection, DurabilityOptions {
  /** Tallies of the same name share the partitions. */
  readonly groupId?: string;
  /** A handler's call that takes longer hands its partitions over. */
  readonly stuckAfterMs?: number;
  /** Told what goes wrong in the background and is tried again. No voter ids pass here. */
  readonly notice?: (topic: string, error: unknown) => void;
}

/** Longer than a ledger is ever throttled for; a handler this late is not coming back by itself. */
const defaultStuckAfterMs = 120_000;

/** A request that is not answered has failed; a broker that is gone says so at once. */
function connectKafka({ brokers, clientId, ssl, sasl }: KafkaConnection): Kafka {
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: clientId ?? "vote",
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    socketFactory: openSocket,
    // Enough for a cold coordinator or a leader being elected; all else is our own to try again.
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    logLevel: kafkajs.logLevel.NOTHING,
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
  return new KafkaLog({
    admin,
    durability: options,
    makeProducer: () => producerOf(kafka),
    makeCluster: () => clusterOf(kafka),
    makeMember: memberMaker(kafka, options.groupId ?? "vote-tally"),
    stuckAfterMs: options.stuckAfterMs ?? defaultStuckAfterMs,
    notice: options.notice ?? (() => undefined),
  });
}

function producerOf(kafka: Kafka): KafkaProducer {
  return kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    createPartitioner: () => chosenPartition,
    retry: { retries: 0 },
  });
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
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;
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
      maxWaitTimeInMs: heartbeatMs / 5,
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
      resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
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
            type: kafkajs.ConfigResourceTypes.TOPIC,
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
