import { describe, expect, it, onTestFinished } from "vitest";
import { PartitionFeed } from "../../../../../src/runtime/log/kafka/consume/feed.js";
import { TopicFetcher } from "../../../../../src/runtime/log/kafka/consume/fetch.js";
import { TopicPump } from "../../../../../src/runtime/log/kafka/consume/pump.js";
import { eventually } from "../../../../helpers/temporary.js";
import { even, odd, PaperCluster, paperLog } from "../paper-cluster.js";

/** Three feeds of one member, whose handler waits for the test where it is told to. */
function site() {
  const cluster = new PaperCluster();
  const feeds = new Map<number, PartitionFeed>();
  const notices: unknown[] = [];
  const positions = new Map<number, number>();
  const failed: number[] = [];
  const gates = new Map<number, Promise<void>>();
  const pump = new TopicPump(new TopicFetcher("vote.spring", cluster), feeds, (error) =>
    notices.push(error),
  );
  for (const partition of [0, 1, 2]) {
    const feed = new PartitionFeed({
      topic: { election: "spring", partitions: 3 },
      partition,
      handler: {
        assigned: async () => positions.get(partition) ?? 0,
        async records(_topic, _partition, records) {
          await gates.get(partition);
          positions.set(partition, records[records.length - 1].position + 1);
          return positions.get(partition) ?? 0;
        },
        revoked: async () => undefined,
        failed: async () => void failed.push(partition),
      },
      wake: () => pump.wake(),
      passed: () => undefined,
      now: () => 0,
      callIntervalMs: 0,
    });
    feeds.set(partition, feed);
    cluster.logs.set(partition, paperLog(20));
  }
  const start = async () => {
    for (const feed of feeds.values()) feed.start();
    await eventually("positions", () =>
      [...feeds.values()].every(({ fetchPosition }) => fetchPosition !== undefined),
    );
    pump.start();
  };
  onTestFinished(async () => {
    await pump.stop();
    await Promise.all([...feeds.values()].map((feed) => feed.stop()));
  });
  const at = (partition: number) => positions.get(partition) ?? 0;
  return { cluster, feeds, notices, failed, gates, start, at };
}

describe("the pump of a topic", () => {
  it("feeds every partition from its leader", async () => {
    const { cluster, start, at } = site();
    await start();
    await eventually("all records", () => [0, 1, 2].every((partition) => at(partition) === 20));
    expect(new Set(cluster.fetches.map(({ leader }) => leader))).toEqual(new Set([even, odd]));
    expect(cluster.mostUnderWay).toBeLessThanOrEqual(2);
    for (const { leader, request } of cluster.fetches) {
      for (const { partition } of request.topics[0].partitions) {
        expect(partition % 2 === 0 ? even : odd).toBe(leader);
      }
    }
  });

  it("goes on with the others while one handler is slow", async () => {
    const { cluster, gates, start, at } = site();
    let open: () => void = () => undefined;
    gates.set(
      0,
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    await start();
    await eventually("the others", () => at(1) === 20 && at(2) === 20);
    cluster.logs.set(2, paperLog(30));
    await eventually("more of the others", () => at(2) === 30);
    expect(at(0)).toBe(0);
    open();
    await eventually("the slow one", () => at(0) === 20);
  });

  it("tries again after a failure, and tells of it", async () => {
    const { cluster, notices, start, at } = site();
    cluster.failures.push(new Error("closed"), new Error("closed"));
    await start();
    await eventually("all records", () => [0, 1, 2].every((partition) => at(partition) === 20));
    expect(notices).toEqual([new Error("closed"), new Error("closed")]);
    expect(cluster.refreshes).toBe(2);
  });

  it("asks until it knows a leader of each partition, and feeds the others meanwhile", async () => {
    const { cluster, notices, start, at } = site();
    cluster.missing.add(0).add(2);
    await start();
    await eventually("the known one", () => at(1) === 20 && cluster.refreshes >= 2);
    cluster.missing.clear();
    await eventually("all records", () => [0, 1, 2].every((partition) => at(partition) === 20));
    expect(notices[0]).toEqual(new Error("Some partitions have no leader."));
  });

  it("fails only the partition whose position the log does not have", async () => {
    const { cluster, failed, start, at } = site();
    const outOfRange = { type: "OFFSET_OUT_OF_RANGE", partition: 2 };
    cluster.failures.push(Object.assign(new Error("out of range"), outOfRange));
    await start();
    await eventually("the failure", () => failed.length === 1);
    await eventually("all records", () => [0, 1, 2].every((partition) => at(partition) === 20));
    expect(cluster.fetches[0].request.topics[0].partitions).toHaveLength(2);
    expect(failed).toEqual([2]);
  });
});
