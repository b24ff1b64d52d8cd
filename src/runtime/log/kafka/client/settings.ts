import { VoteError } from "../../../core/errors.js";
import { retry } from "../../../time/backoff.js";
import type { Topic } from "../../port.js";
import { isStaleMetadata, logUnavailable } from "./errors.js";

/** A partition's records in one send form one batch; this is its largest size, which the topic's
 * max.message.bytes allows. */
export const maxRecordBatchBytes = 2 * 1_024 * 1_024;

const prefix = "vote.";

/** The topic of an election. Every character of an id is allowed in a topic's name. */
export const topicName = (election: string): string => `${prefix}${election}`;

export interface DurabilityOptions {
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** The topic settings that durability needs, by Kafka's names. */
export const wantedSettings = ({ minInsyncReplicas }: DurabilityOptions) => ({
  "min.insync.replicas": String(minInsyncReplicas),
  "unclean.leader.election.enable": "false",
  "cleanup.policy": "delete",
  "retention.ms": "-1",
  "retention.bytes": "-1",
  // Frames do not compress: they are mostly random ids.
  "compression.type": "producer",
  "max.message.bytes": String(maxRecordBatchBytes + 64 * 1_024),
});

interface ConfigEntry {
  readonly name: string;
  readonly value: string;
}

/** The client's calls that create and describe topics. */
export interface KafkaAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  listTopics(): Promise<string[]>;
  createTopics(options: {
    waitForLeaders: boolean;
    timeout: number;
    topics: {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: ConfigEntry[];
    }[];
  }): Promise<boolean>;
  fetchTopicMetadata(options: { topics: string[] }): Promise<{
    topics: { name: string; partitions: { replicas: number[] }[] }[];
  }>;
  fetchTopicOffsets(topic: string): Promise<{ partition: number; high: string }[]>;
  describeTopicConfigs(topics: string[]): Promise<Map<string, readonly ConfigEntry[]>>;
  alterTopicConfig(topic: string, entries: ConfigEntry[]): Promise<void>;
  groupMembers(groupId: string): Promise<number>;
}

/** A topic setting that is not as durability needs it. */
export interface SettingFinding {
  readonly topic: string;
  readonly setting: string;
  readonly actual: string;
  readonly wanted: string;
  /** False when only an operator can change it, as with the replication factor. */
  readonly changeable: boolean;
}

/** A topic that has just been created may take a moment to show its settings everywhere. */
const untilShown = { firstMs: 50, maxMs: 500, maxAttempts: 6 };

/** A broker may answer that it does not know a topic, or its leaders, for a while after the
 * controller has created it. kafkajs' `waitForLeaders` waits for the second and gives up at the
 * first, so the wait is our own. */
const untilKnown = { firstMs: 50, maxMs: 500, giveUpAfterMs: 10_000, mayPass: isStaleMetadata };

/**
 * Creates an election's topic, or checks the one that exists.
 *
 * @throws VoteError `log-unavailable`, also when a topic exists that has another number of
 *   partitions, fewer replicas, or other settings than durability needs
 */
export async function createElectionTopic(
  admin: KafkaAdmin,
  { election, partitions }: Topic,
  options: DurabilityOptions,
): Promise<void> {
  const topic = topicName(election);
  const configEntries = Object.entries(wantedSettings(options)).map(([name, value]) => ({
    name,
    value,
  }));
  const { replicationFactor } = options;
  try {
    await admin.createTopics({
      waitForLeaders: false,
      timeout: 10_000,
      topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    });
    const require = () => requireTopic(admin, topic, partitions, options);
    await retry(() => retry(require, untilKnown), {
      ...untilShown,
      mayPass: (error) => error instanceof VoteError,
    });
    // Only leaders answer this. One that is named as such may not know it yet, and would refuse the
    // first frames.
    await retry(() => admin.fetchTopicOffsets(topic), untilKnown);
  } catch (error) {
    throw logUnavailable(`create the topic ${topic}`, error);
  }
}

/**
 * Finds the partitions of an election's topic that have ever held a record.
 *
 * @returns none if there is no such topic
 * @throws VoteError `log-unavailable`
 */
export async function partitionsWithRecords(
  admin: KafkaAdmin,
  election: string,
): Promise<number[]> {
  const topic = topicName(election);
  try {
    if (!(await admin.listTopics()).includes(topic)) return [];
    const offsets = await retry(() => admin.fetchTopicOffsets(topic), untilKnown);
    const used = offsets.filter(({ high }) => Number(high) > 0);
    return used.map(({ partition }) => partition).sort((a, b) => a - b);
  } catch (error) {
    throw logUnavailable(`look into the topic ${topic}`, error);
  }
}

async function requireTopic(
  admin: KafkaAdmin,
  topic: string,
  partitions: number,
  options: DurabilityOptions,
): Promise<void> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const replicas = topics[0].partitions.map((partition) => partition.replicas.length);
  if (replicas.length !== partitions) {
    throw new VoteError(
      "log-unavailable",
      `The topic ${topic} has ${replicas.length} partitions, but the election has ${partitions}.`,
      { hint: "Voters would change partition: delete the topic or use another election id." },
    );
  }
  const entries = (await admin.describeTopicConfigs([topic])).get(topic) ?? [];
  const findings = compareSettings(topic, Math.min(...replicas), entries, options);
  if (findings.length === 0) return;
  const list = findings.map(({ setting, actual, wanted }) => `${setting} ${actual}, not ${wanted}`);
  throw new VoteError(
    "log-unavailable",
    `The topic ${topic} exists, but is not durable: ${list.join("; ")}.`,
    {
      hint: findings.every(({ changeable }) => changeable)
        ? "Set it with `vote services init --apply`."
        : "Delete the topic, or add replicas with kafka-reassign-partitions.",
    },
  );
}

/**
 * Compares the settings of every election's topic with what durability needs.
 *
 * @throws VoteError `log-unavailable`
 */
export async function checkTopics(
  admin: KafkaAdmin,
  options: DurabilityOptions,
): Promise<SettingFinding[]> {
  try {
    const names = (await admin.listTopics()).filter((name) => name.startsWith(prefix)).sort();
    if (names.length === 0) return [];
    const [{ topics }, configs] = [
      await admin.fetchTopicMetadata({ topics: names }),
      await admin.describeTopicConfigs(names),
    ];
    return topics
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name, partitions }) => {
        const replicas = Math.min(...partitions.map((partition) => partition.replicas.length));
        return compareSettings(name, replicas, configs.get(name) ?? [], options);
      });
  } catch (error) {
    throw logUnavailable("describe the topics", error);
  }
}

/** Compares one topic's settings with what durability needs. @returns the differences */
function compareSettings(
  topic: string,
  replicas: number,
  entries: readonly ConfigEntry[],
  options: DurabilityOptions,
): SettingFinding[] {
  const findings: SettingFinding[] = [];
  if (replicas < options.replicationFactor) {
    const [actual, wanted] = [String(replicas), String(options.replicationFactor)];
    findings.push({ topic, setting: "replication.factor", actual, wanted, changeable: false });
  }
  for (const [setting, wanted] of Object.entries(wantedSettings(options))) {
    const actual = entries.find(({ name }) => name === setting)?.value ?? "unknown";
    const enough =
      setting === "max.message.bytes" || setting === "min.insync.replicas"
        ? Number(actual) >= Number(wanted)
        : actual === wanted;
    if (!enough) findings.push({ topic, setting, actual, wanted, changeable: true });
  }
  return findings;
}

/**
 * Sets whatever can be changed on the live topics.
 *
 * @returns what was found, changed where `changeable`
 * @throws VoteError `log-unavailable`
 */
export async function repairTopics(
  admin: KafkaAdmin,
  options: DurabilityOptions,
): Promise<SettingFinding[]> {
  const findings = await checkTopics(admin, options);
  const topics = new Set(findings.filter((one) => one.changeable).map(({ topic }) => topic));
  for (const topic of topics) {
    const entries = findings
      .filter((one) => one.topic === topic && one.changeable)
      .map(({ setting, wanted }) => ({ name: setting, value: wanted }));
    try {
      await admin.alterTopicConfig(topic, entries);
    } catch (error) {
      throw logUnavailable(`change the settings of ${topic}`, error);
    }
  }
  return findings;
}
