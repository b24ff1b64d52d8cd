import { describe, expect, it } from "vitest";
import { KafkaLog } from "../../../../src/runtime/log/kafka/log.js";
import { eventually } from "../../../helpers/temporary.js";
import { PaperCluster, paperLog } from "./paper-cluster.js";

function site(readerIdleMs: number) {
  const clusters: PaperCluster[] = [];
  const none = () => Promise.reject(new Error("not asked for here"));
  const log = new KafkaLog({
    admin: {
      ...{ connect: none, listTopics: none, createTopics: none, fetchTopicMetadata: none },
      ...{ fetchTopicOffsets: none, describeTopicConfigs: none, alterTopicConfig: none },
      ...{ groupMembers: none, disconnect: async () => undefined },
    },
    groupOf: (topic) => topic,
    durability: { replicationFactor: 1, minInsyncReplicas: 1 },
    makeCluster() {
      const cluster = new PaperCluster();
      cluster.logs.set(0, paperLog(3));
      clusters.push(cluster);
      return cluster;
    },
    makeMember: () => {
      throw new Error("not asked for here");
    },
    stuckAfterMs: 1_000,
    notice: () => undefined,
    readerIdleMs,
  });
  const open = () => clusters.reduce((sum, { connections }) => sum + connections, 0);
  return { log, clusters, open };
}

describe("an election that nobody asks for any more", () => {
  it("keeps no connection once its end was asked for, and is read again when asked", async () => {
    const { log, clusters, open } = site(1);
    for (const election of ["a", "b", "c"]) expect(await log.end(election, 0)).toBe(3);
    await eventually("the connections to go", () => open() === 0);
    expect(clusters).toHaveLength(3);
    expect(await log.end("a", 0)).toBe(3);
    expect(clusters).toHaveLength(4);
    await log.close();
    expect(open()).toBe(0);
  });

  it("keeps one as long as it is read", async () => {
    const { log, clusters, open } = site(60_000);
    const reads = Array.from({ length: 8 }, () => log.read("a", 0, 0, 1_000));
    for (const records of await Promise.all(reads)) expect(records).toHaveLength(3);
    await log.end("a", 0);
    expect(clusters).toHaveLength(1);
    expect(open()).toBe(1);
    await log.close();
    expect(open()).toBe(0);
  });
});
