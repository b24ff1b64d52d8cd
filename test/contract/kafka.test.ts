import { randomUUID } from "node:crypto";
import { describe, onTestFinished } from "vitest";
import { openKafkaLog } from "../../src/runtime/log/kafka.js";
import { logContract } from "./log.contract.js";

const brokers = process.env.VOTE_TEST_BROKERS?.split(",") ?? [];

describe.runIf(brokers.length > 0)("kafka log", () => {
  logContract(async () => {
    // A group of its own, as another test's members may still be leaving.
    const options = {
      brokers,
      groupId: `contract-${randomUUID()}`,
      replicationFactor: 1,
      minInsyncReplicas: 1,
    };
    return {
      election: () => `contract-${randomUUID().slice(0, 18)}`,
      open: async () => {
        const log = await openKafkaLog(options);
        onTestFinished(() => log.close());
        return log;
      },
    };
  });
});
