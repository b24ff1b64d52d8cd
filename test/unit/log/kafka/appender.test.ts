import { afterEach, describe, expect, it, vi } from "vitest";
import {
  positionsOf,
  TopicAppender,
  takeUnits,
} from "../../../../src/runtime/log/kafka/appender.js";
import type { KafkaProducer } from "../../../../src/runtime/log/kafka/client/client.js";
import { maxRecordBatchBytes } from "../../../../src/runtime/log/kafka/client/settings.js";

type Send = Parameters<KafkaProducer["send"]>[0];
type Answer = Awaited<ReturnType<KafkaProducer["send"]>>;

/** A broker on paper: the test answers each send by hand, or lets it append. */
class PaperBroker implements KafkaProducer {
  readonly sends: Send[] = [];
  readonly ends = new Map<number, number>();
  readonly failures: Error[] = [];
  held: (() => void)[] | undefined;
  connects = 0;

  async connect(): Promise<void> {
    this.connects++;
  }

  async disconnect(): Promise<void> {}

  async send(record: Send): Promise<Answer> {
    this.sends.push(record);
    if (this.held !== undefined) await new Promise<void>((resolve) => this.held?.push(resolve));
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const answer = new Map<number, Answer[number]>();
    for (const { partition } of record.messages) {
      const end = this.ends.get(partition) ?? 0;
      this.ends.set(partition, end + 1);
      if (answer.has(partition)) continue;
      const place = { topicName: record.topic, partition, errorCode: 0 };
      answer.set(partition, { ...place, baseOffset: String(end) });
    }
    return [...answer.values()].reverse();
  }
}

const frame = (partition: number, bytes = 10) => ({
  election: "spring",
  partition,
  bytes: Buffer.alloc(bytes, partition),
});
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("appending to a topic", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("tells the caller in time, whatever the client waits for, and drops the rest", async () => {
    vi.useFakeTimers();
    const broker = new PaperBroker();
    broker.held = [];
    const appender = new TopicAppender("vote.spring", broker);
    const appends = Array.from({ length: 5 }, () => appender.append([frame(0)]));
    const outcomes = Promise.allSettled(appends);
    await vi.advanceTimersByTimeAsync(10_000);
    const late = { code: "log-unavailable", message: expect.stringContaining("not confirmed") };
    for (const outcome of await outcomes) expect(outcome).toMatchObject({ reason: late });
    const held = broker.held;
    broker.held = undefined;
    const next = appender.append([frame(0)]);
    for (const release of held) release();
    // After the two that were under way; the three that waited are never sent.
    expect(await next).toEqual([2]);
  });

  it("gives each frame the position it got, in the caller's order", async () => {
    const broker = new PaperBroker();
    broker.ends.set(1, 100);
    const appender = new TopicAppender("vote.spring", broker);
    const frames = [frame(1), frame(0), frame(1), frame(2), frame(0)];
    expect(await appender.append(frames)).toEqual([100, 0, 101, 0, 1]);
    expect(await appender.append([])).toEqual([]);
    expect(broker.sends).toHaveLength(1);
    expect(broker.sends[0].acks).toBe(-1);
  });

  it("gathers what comes while its sends are under way, and bounds those", async () => {
    const broker = new PaperBroker();
    broker.held = [];
    const appender = new TopicAppender("vote.spring", broker);
    const appends = Array.from({ length: 50 }, (_, index) => appender.append([frame(index % 3)]));
    await settled();
    expect(broker.sends).toHaveLength(2);
    const held = broker.held;
    broker.held = undefined;
    for (const release of held) release();
    const positions = await Promise.all(appends);
    expect(broker.sends).toHaveLength(3);
    expect(
      positions
        .flat()
        .sort((a, b) => a - b)
        .at(-1),
    ).toBe(16);
  });

  it("fails only the appends of the send that failed, and says why", async () => {
    const broker = new PaperBroker();
    broker.failures.push(new Error("no route"));
    const appender = new TopicAppender("vote.spring", broker);
    const first = appender.append([frame(0)]);
    const second = appender.append([frame(0)]);
    await expect(first).rejects.toMatchObject({ code: "log-unavailable" });
    await expect(first).rejects.toThrow("Kafka could not append to vote.spring: no route");
    expect(await second).toEqual([0]);
  });

  it("sends nothing more of an append that has failed", async () => {
    const broker = new PaperBroker();
    broker.failures.push(new Error("no route"), new Error("no route"));
    const appender = new TopicAppender("vote.spring", broker);
    const large = maxRecordBatchBytes - 1_000;
    const frames = Array.from({ length: 20 }, () => frame(0, large));
    await expect(appender.append(frames)).rejects.toMatchObject({ code: "log-unavailable" });
    await settled();
    expect(broker.sends).toHaveLength(1);
  });

  it("tries again by itself only where nothing was written: on stale metadata", async () => {
    const broker = new PaperBroker();
    const stale = Object.assign(new Error("moved"), { type: "NOT_LEADER_FOR_PARTITION" });
    broker.failures.push(new Error("retries exceeded", { cause: stale }), stale);
    const appender = new TopicAppender("vote.spring", broker);
    expect(await appender.append([frame(0)])).toEqual([0]);
    expect(broker.sends).toHaveLength(3);
  });
});

describe("what one send carries", () => {
  const unit = (partition: number, bytes: number, failed = false) => ({
    partition,
    bytes: Buffer.alloc(bytes),
    append: { failed, underWay: 0 },
  });

  it("bounds a partition's batch, for the broker refuses a larger one, and keeps the order", () => {
    const half = maxRecordBatchBytes / 2;
    const queue = [unit(0, half), unit(1, half), unit(0, half), unit(1, 5)];
    expect(takeUnits(queue).map(({ partition }) => partition)).toEqual([0, 1]);
    expect(takeUnits(queue).map(({ partition }) => partition)).toEqual([0, 1]);
    expect(queue).toEqual([]);
  });

  it("waits with the rest of an append until its beginning is answered for", () => {
    const begun = { failed: false, underWay: 1 };
    const queue = [{ ...unit(0, 5), append: begun }, unit(0, 5)];
    expect(takeUnits(queue)).toEqual([]);
    begun.underWay = 0;
    expect(takeUnits(queue)).toHaveLength(2);
  });

  it("takes at least one, and drops what has failed meanwhile", () => {
    const queue = [unit(0, 1, true), unit(0, 2 * maxRecordBatchBytes), unit(0, 1, true)];
    expect(takeUnits(queue)).toHaveLength(1);
    expect(takeUnits(queue)).toEqual([]);
    expect(queue).toEqual([]);
  });
});

describe("the positions in an answer", () => {
  const answered = (errorCode: number, baseOffset?: string) => ({
    topicName: "vote.spring",
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
