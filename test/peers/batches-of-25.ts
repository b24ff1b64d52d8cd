import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  type WriteRequest,
} from "@aws-sdk/client-dynamodb";
import { connect, type Peer, untilDone } from "./peer.js";
import type { PeerVote } from "./votes.js";

const itemsPerRequest = 25;
const requestsAtOnce = 8;

/**
 * The better-read build: eachBatch, BatchWriteItem of 25, one pipelined HINCRBY a candidate and
 * batch. BatchWriteItem knows no conditions, so it dedups only within what it has at hand: a second
 * vote in a later batch overwrites the first and is counted again.
 */
export const batchesOf25: Peer = async (setting) => {
  const { kafka, dynamo, redis } = connect(setting);
  const consumer = kafka.consumer({ groupId: `batches-${setting.topic}` });
  let decided = 0;
  await consumer.connect();
  await consumer.subscribe({ topic: setting.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 8,
    eachBatch: async ({ batch, heartbeat, isRunning, isStale }) => {
      const perStep = itemsPerRequest * requestsAtOnce;
      for (let from = 0; from < batch.messages.length; from += perStep) {
        if (!isRunning() || isStale()) return;
        const messages = batch.messages.slice(from, from + perStep);
        const votes = messages.map(({ value }) => JSON.parse(value?.toString() ?? "") as PeerVote);
        const firsts = [...new Map(votes.toReversed().map((vote) => [vote.voter, vote])).values()];
        await writeAll(dynamo, setting.table, firsts);
        const counts = new Map<string, number>();
        for (const { choice } of firsts) counts.set(choice, (counts.get(choice) ?? 0) + 1);
        const pipeline = redis.pipeline();
        for (const [choice, count] of counts) {
          pipeline.hincrby(`count:${setting.topic}`, choice, count);
        }
        await pipeline.exec();
        decided += votes.length;
        await heartbeat();
      }
    },
  });
  await untilDone(setting, () => decided >= setting.votes);
  const reached = decided;
  await consumer.disconnect();
  redis.disconnect();
  dynamo.destroy();
  return reached;
};

async function writeAll(dynamo: DynamoDBClient, table: string, votes: readonly PeerVote[]) {
  const requests: Promise<void>[] = [];
  for (let from = 0; from < votes.length; from += itemsPerRequest) {
    requests.push(write(dynamo, table, votes.slice(from, from + itemsPerRequest)));
  }
  await Promise.all(requests);
}

async function write(dynamo: DynamoDBClient, table: string, votes: readonly PeerVote[]) {
  let waiting: WriteRequest[] = votes.map(({ voter, ballotId, choice }) => ({
    PutRequest: {
      Item: { voter: { S: voter }, ballotId: { S: ballotId }, choice: { S: choice } },
    },
  }));
  while (waiting.length > 0) {
    const command = new BatchWriteItemCommand({ RequestItems: { [table]: waiting } });
    const { UnprocessedItems } = await dynamo.send(command);
    waiting = UnprocessedItems?.[table] ?? [];
  }
}
