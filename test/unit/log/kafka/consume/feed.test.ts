import { describe, expect, it } from "vitest";
import { PartitionFeed } from "../../../../../src/runtime/log/kafka/consume/feed.js";
import type { FrameRecord, PartitionHandler } from "../../../../../src/runtime/log/port.js";
import { eventually } from "../../../../helpers/temporary.js";

const records = (from: number, count: number, bytes = 10): FrameRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    position: from + index,
    bytes: Buffer.alloc(bytes),
  }));

/** Writes down every call, and answers as the test says. */
class Scribe implements PartitionHandler {
  readonly calls: string[] = [];
  start = 0;
  answer: (records: readonly FrameRecord[]) => Promise<number> = async (seen) =>
    seen[seen.length - 1].position + 1;

  async assigned(): Promise<number> {
    this.calls.push("assigned");
    return this.start;
  }

  async records(_topic: unknown, _partition: number, seen: readonly FrameRecord[]) {
    this.calls.push(`records ${seen[0].position}-${seen[seen.length - 1].position}`);
    return this.answer(seen);
  }

  async revoked(): Promise<void> {
    this.calls.push("revoked");
  }

  async failed(_topic: unknown, _partition: number, error: unknown): Promise<void> {
    this.calls.push(`failed ${error instanceof Error ? error.message : error}`);
  }
}

function feedOf(scribe: Scribe, callIntervalMs = 0, now?: () => number) {
  const passed: number[] = [];
  let wakes = 0;
  const feed = new PartitionFeed({
    topic: { election: "spring", partitions: 1 },
    partition: 0,
    handler: scribe,
    wake: () => wakes++,
    passed: (_partition, position) => passed.push(position),
    now: now ?? (() => wakes),
    callIntervalMs,
  });
  return { feed, passed };
}

const ready = (feed: PartitionFeed, position: number) =>
  eventually(`a fetch from ${position}`, () => feed.fetchPosition === position);

describe("the feed of a partition", () => {
  it("asks from where the handler says, and passes on only what was asked for last", async () => {
    const scribe = new Scribe();
    scribe.start = 7;
    const { feed, passed } = feedOf(scribe);
    expect(feed.fetchPosition).toBeUndefined();
    feed.start();
    await ready(feed, 7);
    feed.deliver(0, records(0, 3));
    feed.deliver(7, records(7, 2));
    // A fetch of an earlier generation that comes late, and one that comes twice.
    feed.deliver(7, records(7, 2));
    feed.deliver(12, records(12, 2));
    await eventually("the records", () => passed.length === 1);
    expect(feed.fetchPosition).toBe(9);
    await feed.stop();
    expect(scribe.calls).toEqual(["assigned", "records 7-8", "revoked"]);
  });

  it("has one call at a time, and finishes it before it revokes", async () => {
    const scribe = new Scribe();
    let release: (position: number) => void = () => undefined;
    scribe.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const { feed } = feedOf(scribe);
    feed.start();
    await ready(feed, 0);
    feed.deliver(0, records(0, 1));
    await eventually("the call", () => scribe.calls.length === 2);
    expect(feed.callingSince).toBeDefined();
    feed.deliver(1, records(1, 1));
    const stopped = feed.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scribe.calls).toEqual(["assigned", "records 0-0"]);
    expect(feed.fetchPosition).toBeUndefined();
    release(1);
    await stopped;
    expect(scribe.calls).toEqual(["assigned", "records 0-0", "revoked"]);
    expect(feed.callingSince).toBeUndefined();
  });

  it("forgets what it has read ahead when the handler goes elsewhere", async () => {
    const scribe = new Scribe();
    scribe.answer = async () => 2;
    const { feed } = feedOf(scribe);
    feed.start();
    await ready(feed, 0);
    feed.deliver(0, records(0, 6, 100_000));
    await ready(feed, 2);
    scribe.answer = async (seen) => seen[seen.length - 1].position + 1;
    feed.deliver(6, records(6, 1));
    feed.deliver(2, records(2, 1));
    await eventually("the records", () => scribe.calls.length === 3);
    await feed.stop();
    expect(scribe.calls).toEqual(["assigned", "records 0-2", "records 2-2", "revoked"]);
  });

  it("reads ahead no further than it has room, and gives about a segment at a time", async () => {
    const scribe = new Scribe();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    scribe.answer = async (seen) => {
      await gate;
      return seen[seen.length - 1].position + 1;
    };
    const { feed } = feedOf(scribe);
    feed.start();
    await ready(feed, 0);
    feed.deliver(0, records(0, 30, 100_000));
    expect(feed.fetchPosition).toBeUndefined();
    release();
    await ready(feed, 30);
    await eventually("all of them", () => scribe.calls.at(-1) === "records 27-29");
    await feed.stop();
  });

  it("calls nothing while the membership is in doubt, and keeps its place", async () => {
    const scribe = new Scribe();
    const { feed } = feedOf(scribe);
    feed.start();
    await ready(feed, 0);
    feed.suspend(true);
    feed.deliver(0, records(0, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scribe.calls).toEqual(["assigned"]);
    expect(feed.fetchPosition).toBeUndefined();
    feed.suspend(false);
    await eventually("the records", () => scribe.calls.length === 2);
    expect(feed.fetchPosition).toBe(1);
    await feed.stop();
    expect(scribe.calls).toEqual(["assigned", "records 0-0", "revoked"]);
  });

  it("tells of what cannot be read, and starts over", async () => {
    const scribe = new Scribe();
    scribe.start = 5;
    const { feed } = feedOf(scribe);
    feed.start();
    await ready(feed, 5);
    feed.fail(4, new Error("of another request"));
    feed.fail(5, new Error("out of range"));
    await eventually("another start", () => scribe.calls.length === 3);
    await feed.stop();
    expect(scribe.calls).toEqual(["assigned", "failed out of range", "assigned", "revoked"]);
  });

  it("gathers between two calls, unless there is enough for a full one or a lull", async () => {
    const scribe = new Scribe();
    let time = 0;
    const { feed } = feedOf(scribe, 3_600_000, () => time);
    feed.start();
    await ready(feed, 0);
    feed.deliver(0, records(0, 1));
    await eventually("the first, at once", () => scribe.calls.length === 2);
    feed.deliver(1, records(1, 1));
    feed.deliver(2, records(2, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(scribe.calls).toEqual(["assigned", "records 0-0"]);
    feed.deliver(3, records(3, 4, 100_000));
    await eventually("a full call", () => scribe.calls.length === 3);
    expect(scribe.calls.at(-1)).toBe("records 1-5");
    time += 3_600_000;
    feed.deliver(7, records(7, 1));
    await eventually("what was left", () => scribe.calls.length === 4);
    expect(scribe.calls.at(-1)).toBe("records 6-7");
    feed.deliver(8, records(8, 1));
    await feed.stop();
    expect(scribe.calls.slice(4)).toEqual(["revoked"]);
  });
});
