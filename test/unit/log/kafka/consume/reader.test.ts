import { describe, expect, it } from "vitest";
import { TopicFetcher } from "../../../../../src/runtime/log/kafka/consume/fetch.js";
import { TopicReader } from "../../../../../src/runtime/log/kafka/consume/reader.js";
import { eventually } from "../../../../helpers/temporary.js";
import { PaperCluster, paperLog, protocolError } from "../paper-cluster.js";

function site() {
  const cluster = new PaperCluster();
  cluster.logs.set(0, paperLog(7));
  const fetcher = new TopicFetcher("vote.spring", cluster);
  return { cluster, reader: new TopicReader("vote.spring", fetcher) };
}

describe("reading a topic", () => {
  it("begins at the position, also in the middle of a batch, and keeps to the bound", async () => {
    const { reader } = site();
    const all = await reader.read(0, 3, 1_000);
    expect(all.map(({ position }) => position)).toEqual([3, 4, 5, 6]);
    expect(all[0].bytes.toString()).toBe("frame 3");
    expect(await reader.read(0, 3, 8)).toHaveLength(2);
    expect(await reader.read(0, 3, 1)).toHaveLength(1);
    expect(await reader.end(0)).toBe(7);
    expect(await reader.read(0, 7, 1_000)).toEqual([]);
    expect(await reader.read(0, 90, 1_000)).toEqual([]);
  });

  it("does not take a new leader's silence for the end", async () => {
    const { cluster, reader } = site();
    cluster.visible.set(0, 4);
    const reading = reader.read(0, 4, 1_000);
    await eventually("another attempt", () => cluster.fetches.length > 1);
    cluster.visible.delete(0);
    expect(await reading).toHaveLength(3);
  });

  it("goes around a broker that is lost, with fresh metadata", async () => {
    const { cluster, reader } = site();
    const lost = Object.assign(new Error("closed"), { host: "broker-1", port: 9092 });
    lost.name = "KafkaJSConnectionClosedError";
    cluster.failures.push(lost);
    expect(await reader.read(0, 5, 1_000)).toHaveLength(2);
    expect(cluster.removed).toEqual(["broker-1:9092"]);
    expect(cluster.refreshes).toBe(1);
  });

  it("gives up in the end, and says why", async () => {
    const { cluster, reader } = site();
    cluster.failures.push(...Array.from({ length: 7 }, () => new Error("no route")));
    await expect(reader.read(0, 0, 1_000)).rejects.toMatchObject({
      code: "log-unavailable",
      message: "Kafka could not read vote.spring: no route",
    });
  });

  it("calls a log damaged that has lost its beginning, or its topic", async () => {
    const { cluster, reader } = site();
    cluster.starts.set(0, 5);
    const error = { code: "corrupt-log", exitCode: 3 };
    await expect(reader.read(0, 3, 1_000)).rejects.toMatchObject({
      ...error,
      message: "Kafka's topic vote.spring, partition 0: it begins at position 5 only.",
    });
    expect(await reader.read(0, 5, 1_000)).toHaveLength(2);
    const missing = () => protocolError("UNKNOWN_TOPIC_OR_PARTITION");
    cluster.failures.push(...Array.from({ length: 7 }, missing));
    await expect(reader.read(0, 5, 1_000)).rejects.toMatchObject({
      ...error,
      message: "Kafka's topic vote.spring, partition 0: it does not exist.",
    });
  });

  it("calls a log damaged whose topic was made anew with fewer partitions", async () => {
    const { cluster, reader } = site();
    cluster.missing.add(0);
    const damaged = {
      code: "corrupt-log",
      message: "Kafka's topic vote.spring, partition 0: it does not exist.",
    };
    await Promise.all([
      expect(reader.end(0)).rejects.toMatchObject(damaged),
      expect(reader.read(0, 0, 1_000)).rejects.toMatchObject(damaged),
    ]);
  });

  it("asks one broker one thing at a time, however many ask", async () => {
    const { cluster, reader } = site();
    const reads = Array.from({ length: 8 }, () => reader.read(0, 0, 1_000));
    for (const records of await Promise.all(reads)) expect(records).toHaveLength(7);
    expect(cluster.mostUnderWay).toBe(1);
  });
});
