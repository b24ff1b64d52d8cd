import { putVote } from "./items.js";
import { connect, type Peer, untilDone } from "./peer.js";
import type { PeerVote } from "./votes.js";

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
      const { first } = await putVote(dynamo, setting.table, vote);
      if (first) await redis.hincrby(`count:${setting.topic}`, vote.choice, 1);
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
