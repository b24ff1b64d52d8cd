import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { connect, type Peer, type PeerVote, untilDone } from "./peer.js";

/**
 * The textbook build: eachMessage, one conditional PutItem a vote, one HINCRBY a counted vote.
 * Partitions side by side, which is more than kafkajs does by default. Not exactly once: a crash
 * between the put and the increment loses a count.
 */
export const textbook: Peer = async (setting) => {
  const { kafka, dynamo, redis } = connect(setting);
  const consumer = kafka.consumer({ groupId: `textbook-${setting.topic}` });
  let decided = 0;
  await consumer.connect();
  await consumer.subscribe({ topic: setting.topic, fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: 8,
    eachMessage: async ({ message }) => {
      const vote = JSON.parse(message.value?.toString() ?? "") as PeerVote;
      try {
        await dynamo.send(
          new PutItemCommand({
            TableName: setting.table,
            Item: {
              voter: { S: vote.voter },
              ballotId: { S: vote.ballotId },
              choice: { S: vote.choice },
            },
            ConditionExpression: "attribute_not_exists(voter)",
          }),
        );
        await redis.hincrby(`count:${setting.topic}`, vote.choice, 1);
      } catch (error) {
        if ((error as Error).name !== "ConditionalCheckFailedException") throw error;
      }
      decided++;
    },
  });
  await untilDone(setting, () => decided >= setting.votes);
  const reached = decided;
  await consumer.disconnect();
  redis.disconnect();
  dynamo.destroy();
  return reached;
};
