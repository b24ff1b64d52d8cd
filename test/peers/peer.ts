import { Redis } from "ioredis";
import kafkajs from "kafkajs";
import { createVoterTable, dynamoClient } from "./items.js";
import { peerVotes } from "./votes.js";

/** What a build to compare with is given: real servers, and a topic that holds the votes. */
export interface PeerSetting {
  readonly brokers: readonly string[];
  readonly dynamoEndpoint: string;
  readonly redisUrl: string;
  readonly topic: string;
  readonly table: string;
  /** It runs until then, or until all votes are through. */
  readonly seconds: number;
  readonly votes: number;
}

/** One build of "count each voter's first vote". Resolves with how many votes it has decided. */
export type Peer = (setting: PeerSetting) => Promise<number>;

export function connect({ brokers, dynamoEndpoint, redisUrl }: PeerSetting) {
  return {
    kafka: new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }),
    dynamo: dynamoClient(dynamoEndpoint),
    redis: new Redis(redisUrl),
  };
}

/** A build over everything it needs, its votes in the topic already. */
export interface Prepared {
  /** @returns how many votes it has decided */
  readonly run: () => Promise<number>;
  /** Its process, if it has one of its own. */
  readonly pid?: number;
  readonly close: () => Promise<void>;
}

const partitions = 8;
const votesPerSend = 2_000;

/** Makes the peer's topic and table and puts the votes into the topic, one record each. */
export async function preparePeer(peer: Peer, setting: PeerSetting): Promise<Prepared> {
  await prepareVotes(setting);
  return { run: () => peer(setting), close: async () => undefined };
}

export async function prepareVotes(setting: PeerSetting): Promise<void> {
  const { kafka, dynamo, redis } = connect(setting);
  const admin = kafka.admin();
  await admin.connect();
  const topics = [{ topic: setting.topic, numPartitions: partitions }];
  // Not for the leaders: the client's wait for them fails on a topic that it cannot see yet. Its
  // producer tries again.
  await admin.createTopics({ topics, waitForLeaders: false });
  await admin.disconnect();
  await createVoterTable(dynamo, setting.table);
  const producer = kafka.producer();
  await producer.connect();
  let messages: { key: string; value: string }[] = [];
  for (const vote of peerVotes(setting.votes)) {
    messages.push({ key: vote.voter, value: JSON.stringify(vote) });
    if (messages.length < votesPerSend) continue;
    await producer.send({ topic: setting.topic, messages });
    messages = [];
  }
  if (messages.length > 0) await producer.send({ topic: setting.topic, messages });
  await producer.disconnect();
  redis.disconnect();
  dynamo.destroy();
}

/** Resolves when `done` says so, or when the time is over. */
export async function untilDone(
  { seconds }: Pick<PeerSetting, "seconds">,
  done: () => boolean,
): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  while (!done() && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
