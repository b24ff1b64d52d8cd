import kafkajs, {
  type Cluster,
  type Kafka,
  type KafkaConfig,
  type PartitionAssigner,
} from "kafkajs";
import { VoteError } from "../../core/errors.js";
import type { Log } from "../port.js";
import type { Claim, KafkaCluster, KafkaMember, MakeMember } from "./client/client.js";
import { mendConnections } from "./client/connection.js";
import { logUnavailable } from "./client/errors.js";
import { RenewedCluster } from "./client/renewed-cluster.js";
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

/** Options of the log. */
export interface KafkaLogOptions extends KafkaConnection, DurabilityOptions {
  /** Tallies with the same group id share the partitions. */
  readonly groupId?: string;
  /** A member whose handler shows no sign of life for longer hands over its partitions. */
  readonly stuckAfterMs?: number;
  /** Called with each failure in the background that is retried. It never contains a voter id. */
  readonly notice?: (topic: string, error: unknown) => void;
}

/** Longer than a ledger is ever throttled for: a handler without a sign of life is stuck. */
const defaultStuckAfterMs = 120_000;

/** Makes the client. Requests time out; a broker that has exited refuses connections at once. */
function connectKafka({ brokers, clientId, ssl, sasl }: KafkaConnection): Kafka {
  mendConnections();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: clientId ?? "vote",
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 1_500,
    requestTimeout: 6_000,
    socketFactory: openSocket,
    // Enough for a cold coordinator or a leader election; everything else is retried by us.
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 4 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

/**
 * Opens the log on Apache Kafka: one topic per election, one record per frame. It uses the client's
 * connections, admin and group membership; sends, fetches, retries and positions are ours.
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
  const groupId = options.groupId ?? "vote-tally";
  return new KafkaLog({
    admin,
    groupOf: (topic) => groupName(groupId, topic),
    durability: options,
    makeCluster: () => makeCluster(kafka),
    makeMember: memberMaker(kafka, groupId),
    stuckAfterMs: options.stuckAfterMs ?? defaultStuckAfterMs,
    notice: options.notice ?? (() => undefined),
  });
}

/** Metadata and connections for plain requests. */
export function makeCluster(kafka: Kafka): KafkaCluster {
  return new RenewedCluster({ makeCluster: () => clusterOf(kafka) });
}

/** Gets the client's cluster object, which it passes only to partition assigners: the one way to
 * send plain fetches. */
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

/** Each topic's partitions are shared by a group of their own. */
function groupName(groupId: string, topic: string): string {
  return `${groupId}.${topic}`;
}

/** Makes group members of the client's consumer, which never gets a record: its topic is paused. */
function memberMaker(kafka: Kafka, groupId: string): MakeMember {
  return (topic, claim, listener): KafkaMember => {
    const consumer = kafka.consumer({
      groupId: groupName(groupId, topic),
      partitionAssigners: [stickyAssigner(claim)],
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatMs,
      // The client sends heartbeats between fetches; with its topic paused, it sleeps this long.
      maxWaitTimeInMs: heartbeatMs / 5,
      allowAutoTopicCreation: false,
      readUncommitted: true,
      // We replace crashed consumers ourselves: whether one restarts itself cannot be seen.
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

/** The client's code for settings made on the topic itself. */
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
    // With a client of its own: it looks up all topics that it was ever asked for, each time, and
    // one of them that is gone would keep it from finding any other.
    async fetchTopicOffsets(topic) {
      const once = kafka.admin();
      await once.connect();
      return once.fetchTopicOffsets(topic).finally(() => once.disconnect());
    },
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
    async groupMembers(groupId) {
      const { groups } = await admin.describeGroups([groupId]);
      return groups.reduce((sum, { members }) => sum + members.length, 0);
    },
    async alterTopicConfig(topic, entries) {
      const [resource] = await describe([topic]);
      // The client knows only the call that resets every setting it does not name.
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
 * Checks the topics of all elections and changes nothing.
 *
 * @returns the settings that are not as durability needs them
 * @throws VoteError `log-unavailable`
 */
export const checkKafka = (options: KafkaSettingsOptions): Promise<SettingFinding[]> =>
  withAdmin(options, (admin) => checkTopics(admin, options));

/**
 * Sets what durability needs on the topics of all elections. Idempotent.
 *
 * @returns what was found; what is `changeable` has been set as wanted
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
