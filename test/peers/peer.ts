import { createCipheriv } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Redis } from "ioredis";
import kafkajs from "kafkajs";

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

export interface PeerVote {
  readonly voter: string;
  readonly ballotId: string;
  readonly choice: string;
}

export const candidates = ["ana", "bruno", "clara"];
const secondVoteShare = 0.05;

/** The same votes for every build: seeded, 5 % of them a second vote of the voter before. */
export function* peerVotes(count: number): Generator<PeerVote> {
  const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, 3), Buffer.alloc(16));
  const zeros = Buffer.alloc(48);
  let previous = "";
  for (let index = 0; index < count; index++) {
    const random = stream.update(zeros);
    const second = random.readUInt32LE(32) < secondVoteShare * 2 ** 32 && previous !== "";
    const voter = second ? previous : random.toString("hex", 0, 16);
    previous = second ? "" : voter;
    const choice = candidates[random.readUInt32LE(36) % candidates.length];
    yield { voter, ballotId: random.toString("hex", 16, 32), choice };
  }
}

export function connect({ brokers, dynamoEndpoint, redisUrl }: PeerSetting) {
  return {
    kafka: new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }),
    dynamo: new DynamoDBClient({
      endpoint: dynamoEndpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    }),
    redis: new Redis(redisUrl),
  };
}

/** A build over everything it needs, its votes in the topic already. */
export interface Prepared {
  /** @returns how many votes it has decided */
  readonly run: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const partitions = 8;
const votesPerSend = 2_000;

/** Makes the peer's topic and table and puts the votes into the topic, one record each. */
export async function preparePeer(peer: Peer, setting: PeerSetting): Promise<Prepared> {
  const { kafka, dynamo, redis } = connect(setting);
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: setting.topic, numPartitions: partitions }] });
  await admin.disconnect();
  await dynamo.send(
    new CreateTableCommand({
      TableName: setting.table,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "voter", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "voter", KeyType: "HASH" }],
    }),
  );
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
  return { run: () => peer(setting), close: async () => undefined };
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
