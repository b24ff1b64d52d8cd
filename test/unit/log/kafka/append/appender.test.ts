import { afterEach, describe, expect, it, vi } from "vitest";
import {
  positionsOf,
  TopicAppender,
} from "../../../../../src/runtime/log/kafka/append/appender.js";
import { LeaderLookup } from "../../../../../src/runtime/log/kafka/append/leaders.js";
import { maxRecordBatchBytes } from "../../../../../src/runtime/log/kafka/client/settings.js";
import { even, odd, PaperCluster } from "../paper-cluster.js";

const frame = (partition: number, bytes = 10) => ({
  election: "spring",
  partition,
  bytes: Buffer.alloc(bytes, partition),
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

function appenderOn(cluster: PaperCluster): TopicAppender {
  return new TopicAppender("vote.spring", cluster, new LeaderLookup(cluster));
}

describe("appending to a topic", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("tells the caller in time, whatever the client waits for, and goes on", async () => {
    vi.useFakeTimers();
    const cluster = new PaperCluster();
    cluster.silent.add(even);
    const appender = appenderOn(cluster);
    const outcomes = Promise.allSettled([0, 1, 2].map(() => appender.append([frame(0)])));
    await vi.advanceTimersByTimeAsync(5_000);
    const waiting = appender.append([frame(0)]);
    cluster.silent.clear();
    await vi.advanceTimersByTimeAsync(5_000);
    const late = { code: "log-unavailable", message: expect.stringContaining("not confirmed") };
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: late });
    expect(await waiting).toEqual([0]);
    expect(cluster.sends).toHaveLength(2);
  });

  it("gives each frame the position it got, in the caller's order", async () => {
    const cluster = new PaperCluster();
    cluster.ends.set(1, 100);
    const appender = appenderOn(cluster);
    const frames = [frame(1), frame(0), frame(1), frame(2), frame(0)];
    expect(await appender.append(frames)).toEqual([100, 0, 101, 0, 1]);
    expect(await appender.append([])).toEqual([]);
    expect(cluster.sends.map(({ leader, partitions }) => [leader, partitions])).toEqual([
      [odd, [1]],
      [even, [0, 2]],
    ]);
  });

  it("gathers what comes while a broker has a send under way", async () => {
    const cluster = new PaperCluster();
    cluster.held = [];
    const appender = appenderOn(cluster);
    const appends = [appender.append([frame(0)])];
    await settled();
    for (let index = 1; index < 50; index++) appends.push(appender.append([frame(index % 3)]));
    await settled();
    expect(cluster.sends.map(({ leader }) => leader)).toEqual([even, odd]);
    cluster.release();
    const positions = await Promise.all(appends);
    expect(cluster.sends).toHaveLength(3);
    expect(Math.max(...positions.flat())).toBe(16);
  });

  it("lets a silent broker hold up the partitions that it leads, and no others", async () => {
    const cluster = new PaperCluster();
    cluster.silent.add(even);
    const appender = appenderOn(cluster);
    const outcomes: string[] = [];
    const stuck = appender.append([frame(0)]).then(() => outcomes.push("stuck"));
    for (let round = 0; round < 20; round++) await appender.append([frame(1)]);
    outcomes.push("others");
    cluster.leaders.set(0, odd);
    await stuck;
    expect(outcomes).toEqual(["others", "stuck"]);
  });

  it("sends to the new leader as soon as there is one, though the old one is silent", async () => {
    const cluster = new PaperCluster();
    cluster.silent.add(even);
    const appender = appenderOn(cluster);
    const append = appender.append([frame(0), frame(2)]);
    await settled();
    cluster.leaders.set(0, odd).set(2, odd);
    expect(await append).toEqual([0, 0]);
    expect(cluster.sends.map(({ leader, partitions }) => [leader, partitions])).toEqual([
      [even, [0, 2]],
      [odd, [0, 2]],
    ]);
  });

  it("fails only the appends of the send that failed, and says why", async () => {
    const cluster = new PaperCluster();
    cluster.failures.push(new Error("no route"));
    const appender = appenderOn(cluster);
    const first = appender.append([frame(0)]);
    const outcome = expect(first).rejects.toMatchObject({
      code: "log-unavailable",
      message: "Kafka could not append to vote.spring: no route",
    });
    await settled();
    const second = appender.append([frame(0)]);
    await outcome;
    expect(await second).toEqual([0]);
  });

  it("sends partitions alone once they have failed, so that a bad one fails alone", async () => {
    const cluster = new PaperCluster();
    cluster.refused.add(2);
    const appender = appenderOn(cluster);
    const together = await Promise.allSettled([0, 2, 4].map((at) => appender.append([frame(at)])));
    expect(together.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    const alone = await Promise.allSettled([0, 2, 4].map((at) => appender.append([frame(at)])));
    expect(alone.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const later = await Promise.allSettled([0, 2, 4].map((at) => appender.append([frame(at)])));
    expect(later.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(cluster.sends.slice(-2).map(({ partitions }) => partitions)).toEqual([[0, 4], [2]]);
  });

  it("sends nothing more of an append that has failed", async () => {
    const cluster = new PaperCluster();
    cluster.failures.push(new Error("no route"), new Error("no route"));
    const appender = appenderOn(cluster);
    const large = maxRecordBatchBytes - 1_000;
    const frames = Array.from({ length: 20 }, () => frame(0, large));
    await expect(appender.append(frames)).rejects.toMatchObject({ code: "log-unavailable" });
    await settled();
    expect(cluster.sends).toHaveLength(1);
  });

  it("tries again by itself only where nothing was written: on stale metadata", async () => {
    const cluster = new PaperCluster();
    const stale = Object.assign(new Error("moved"), { type: "NOT_LEADER_FOR_PARTITION" });
    cluster.failures.push(new Error("retries exceeded", { cause: stale }), stale);
    expect(await appenderOn(cluster).append([frame(0)])).toEqual([0]);
    expect(cluster.sends).toHaveLength(3);
  });

  it("drops the connection of a broker that did not answer in time", async () => {
    const cluster = new PaperCluster();
    const name = "KafkaJSRequestTimeoutError";
    cluster.failures.push(Object.assign(new Error("late"), { name, broker: "10.0.0.1:9092" }));
    await expect(appenderOn(cluster).append([frame(0)])).rejects.toThrow("late");
    expect(cluster.removed).toEqual(["10.0.0.1:9092"]);
  });
});

describe("the positions in an answer", () => {
  const answered = (errorCode: number, baseOffset?: string) => ({
    partition: 0,
    errorCode,
    baseOffset,
  });

  it.each([
    ["says nothing of the partition", []],
    ["has an error", [answered(7, "5")]],
    ["has no offset", [answered(0)]],
    ["has the offset of an error", [answered(0, "-1")]],
  ])("are not made up when it %s", (_what, answer) => {
    expect(() => positionsOf([{ partition: 0 }], answer)).toThrow("no answer for partition 0");
  });
});
