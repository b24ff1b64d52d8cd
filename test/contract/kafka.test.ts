import { randomUUID } from "node:crypto";
import kafkajs from "kafkajs";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  checkKafka,
  initKafka,
  type KafkaLogOptions,
  openKafkaLog,
} from "../../src/runtime/log/kafka/kafka.js";
import type { FrameRecord, PartitionHandler, Topic } from "../../src/runtime/log/port.js";
import { useServices as withServices } from "../helpers/cluster/cluster.js";
import { realServers } from "../helpers/cluster/real-servers.js";
import { eventually } from "../helpers/temporary.js";
import { logContract } from "./log.contract.js";

const named = process.env.VOTE_TEST_BROKERS?.split(",");
const startable = named === undefined && (await realServers("the Kafka log's contract", ["kafka"]));
const services = startable ? withServices({ services: ["kafka"] }) : undefined;
const brokers = (): readonly string[] => named ?? services?.().endpoints.kafka?.brokers ?? [];
const available = named !== undefined || services !== undefined;

const durability = { replicationFactor: 1, minInsyncReplicas: 1 };
const newElection = () => `contract-${randomUUID().slice(0, 18)}`;

/** Members of a group of their own, as another test's may still be leaving. */
function site(options: Partial<KafkaLogOptions> = {}) {
  const groupId = `contract-${randomUUID()}`;
  return {
    election: newElection,
    open: async () => {
      const log = await openKafkaLog({ brokers: brokers(), groupId, ...durability, ...options });
      onTestFinished(() => log.close());
      return log;
    },
  };
}

/** Counts what happens to each partition, and takes as long as the test says. */
class Watcher implements PartitionHandler {
  readonly assignments = new Map<number, number>();
  readonly owned = new Set<number>();
  readonly seen: FrameRecord[] = [];
  readonly active = new Set<number>();
  /** By partition: the position after the last record that was dealt with. */
  readonly next = new Map<number, number>();
  overlaps = 0;
  handle: (partition: number) => Promise<void> = async () => undefined;

  async assigned(_topic: Topic, partition: number): Promise<number> {
    this.assignments.set(partition, (this.assignments.get(partition) ?? 0) + 1);
    this.owned.add(partition);
    return 0;
  }

  async records(_topic: Topic, partition: number, records: readonly FrameRecord[]) {
    if (this.active.has(partition) || !this.owned.has(partition)) this.overlaps++;
    this.active.add(partition);
    await this.handle(partition);
    this.active.delete(partition);
    this.seen.push(...records);
    const next = records[records.length - 1].position + 1;
    this.next.set(partition, next);
    return next;
  }

  async revoked(_topic: Topic, partition: number): Promise<void> {
    if (this.active.has(partition)) this.overlaps++;
    this.owned.delete(partition);
  }

  async failed(): Promise<void> {
    this.overlaps++;
  }
}

const frame = (election: string, partition: number, bytes: number) => ({
  election,
  partition,
  bytes: Buffer.alloc(bytes, partition + 1),
});

describe("Kafka out of reach", () => {
  it("is said so, when the log is opened", async () => {
    const opening = openKafkaLog({ brokers: ["127.0.0.1:1"], ...durability });
    await expect(opening).rejects.toMatchObject({ code: "log-unavailable", exitCode: 69 });
    await expect(opening).rejects.toThrow("Kafka could not be reached at 127.0.0.1:1");
  });
});

describe.runIf(available)("kafka log", () => {
  logContract(async () => site());

  it("takes the largest frames, many in one append, and gives them back at any bound", async () => {
    const { open } = site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 2 });
    const frames = Array.from({ length: 24 }, (_, index) =>
      frame(election, index % 2, 350 * 1_024),
    );
    const positions = await log.append(frames);
    expect(positions).toEqual(frames.map((_, index) => Math.floor(index / 2)));
    for (const partition of [0, 1]) {
      let position = 0;
      while (position < 12) {
        const records = await log.read(election, partition, position, 1_000_000);
        expect(records.length).toBeGreaterThan(0);
        for (const record of records) {
          expect(record.position).toBe(position++);
          expect(frames[partition].bytes.equals(record.bytes)).toBe(true);
        }
      }
    }
  });

  it("refuses to append to a topic that is not there, and says so", async () => {
    const { open } = site();
    const log = await open();
    const append = log.append([frame(newElection(), 0, 10)]);
    await expect(append).rejects.toMatchObject({
      code: "log-unavailable",
      hint: expect.stringContaining("Create the election"),
    });
  });

  it("refuses a topic with another number of partitions", async () => {
    const { open } = site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 2 });
    const again = log.createTopic({ election, partitions: 3 });
    await expect(again).rejects.toThrow("has 2 partitions, but the election has 3");
  });

  it("refuses a topic with fewer replicas or weaker settings than asked for", async () => {
    const { open } = site();
    const election = newElection();
    await (await open()).createTopic({ election, partitions: 2 });
    const strict = async (wanted: typeof durability) => {
      const log = await openKafkaLog({ brokers: brokers(), ...wanted });
      onTestFinished(() => log.close());
      return log.createTopic({ election, partitions: 2 });
    };
    await expect(strict({ replicationFactor: 1, minInsyncReplicas: 2 })).rejects.toMatchObject({
      message: expect.stringContaining("not durable: min.insync.replicas 1, not 2."),
      hint: expect.stringContaining("vote services init --apply"),
    });
    await expect(strict({ replicationFactor: 3, minInsyncReplicas: 1 })).rejects.toMatchObject({
      message: expect.stringContaining("replication.factor 1, not 3"),
      hint: expect.stringContaining("kafka-reassign-partitions"),
    });
  });

  it("creates topics as durability needs them, and sees and mends what is not so", async () => {
    const { open } = site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 1 });
    const mine = async (wanted: typeof durability, look = checkKafka) =>
      (await look({ brokers: brokers(), ...wanted })).filter(
        ({ topic }) => topic === `vote.${election}`,
      );
    expect(await mine(durability)).toEqual([]);
    const setting = "min.insync.replicas";
    const drift = { topic: `vote.${election}`, setting, actual: "1", wanted: "2" };
    const stricter = { replicationFactor: 1, minInsyncReplicas: 2 };
    expect(await mine(stricter)).toEqual([{ ...drift, changeable: true }]);
    const replication = await mine({ replicationFactor: 3, minInsyncReplicas: 1 });
    expect(replication).toMatchObject([{ setting: "replication.factor", changeable: false }]);
    expect(await mine(stricter, initKafka)).toEqual([{ ...drift, changeable: true }]);
    // Mended, and what else was set is still set.
    expect(await mine(stricter)).toEqual([]);
  });

  it("calls a log damaged that has lost its beginning, or was deleted", async () => {
    const { open } = site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 1 });
    await log.append(Array.from({ length: 3 }, () => frame(election, 0, 10)));
    const admin = new kafkajs.Kafka({ brokers: [...brokers()], logLevel: 0 }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const topic = `vote.${election}`;
    // Without its metadata, the client cannot delete a topic's records.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
    await expect(log.read(election, 0, 0, 1_000)).rejects.toMatchObject({
      code: "corrupt-log",
      message: `Kafka's topic ${topic}, partition 0: it begins at position 2 only.`,
    });
    expect(await log.read(election, 0, 2, 1_000)).toHaveLength(1);
    expect(await log.read(election, 0, 3, 1_000)).toEqual([]);
    expect(await log.read(election, 0, 90, 1_000)).toEqual([]);
    await admin.deleteTopics({ topics: [topic] });
    const gone = { code: "corrupt-log", message: expect.stringContaining("it does not exist") };
    await expect(log.read(election, 0, 0, 1_000)).rejects.toMatchObject(gone);
    const reader = await open();
    await expect(reader.end(election, 0)).rejects.toMatchObject(gone);
    await expect(reader.read(election, 0, 0, 1_000)).rejects.toMatchObject(gone);
  });

  it("creates topics, and looks into them, also once others are gone", async () => {
    const { open } = site();
    const [log, gone, next] = [await open(), newElection(), newElection()];
    await log.createTopic({ election: gone, partitions: 1 });
    const admin = new kafkajs.Kafka({ brokers: [...brokers()], logLevel: 0 }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.deleteTopics({ topics: [`vote.${gone}`] });
    await log.createTopic({ election: next, partitions: 1 });
    await log.append([frame(next, 0, 10)]);
    expect(await log.partitions(next)).toEqual([0]);
  });

  it("leaves a partition that stays undisturbed while members come and go", async () => {
    const { open } = site();
    const topic = { election: newElection(), partitions: 6 };
    const [log, other] = [await open(), await open()];
    await log.createTopic(topic);
    const [staying, passing] = [new Watcher(), new Watcher()];
    // Always in the middle of a call when the group rebalances.
    staying.handle = () => new Promise((resolve) => setTimeout(resolve, 30));
    const subscription = await log.subscribe(async () => [topic], staying);
    await eventually("all with the first", () => staying.owned.size === 6);
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) await log.append([frame(topic.election, n % 6, 100)]);
    })();
    for (let round = 0; round < 2; round++) {
      const visit = await other.subscribe(async () => [topic], passing);
      await eventually("three each", () => staying.owned.size === 3 && passing.owned.size === 3);
      await visit.stop();
      await eventually("all with the first again", () => staying.owned.size === 6);
    }
    writing = false;
    await writer;
    await subscription.stop();
    expect([staying.overlaps, passing.overlaps]).toEqual([0, 0]);
    const kept = [...staying.assignments.values()].filter((times) => times === 1);
    expect(kept.length).toBeGreaterThanOrEqual(3);
  });

  it("hands a stuck handler's partitions over, and never calls it twice at once", async () => {
    const { open } = site({ stuckAfterMs: 500 });
    const topic = { election: newElection(), partitions: 2 };
    const [log, other] = [await open(), await open()];
    await log.createTopic(topic);
    const [stuck, healthy] = [new Watcher(), new Watcher()];
    let release: () => void = () => undefined;
    stuck.handle = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    const subscriptions = [await log.subscribe(async () => [topic], stuck)];
    await eventually("both with the first", () => stuck.owned.size === 2);
    await log.append([frame(topic.election, 0, 100)]);
    await eventually("the call that hangs", () => stuck.active.size === 1);
    subscriptions.push(await other.subscribe(async () => [topic], healthy));
    await eventually("all with the healthy one", () => healthy.owned.size === 2);
    await eventually("the frame", () => healthy.seen.length === 1);
    release();
    await eventually("one each", () => stuck.owned.size === 1 && healthy.owned.size === 1);
    await Promise.all(subscriptions.map((subscription) => subscription.stop()));
    expect([stuck.overlaps, healthy.overlaps]).toEqual([0, 0]);
  });

  it("does not let a slow partition hold the others back", async () => {
    const { open } = site();
    const topic = { election: newElection(), partitions: 3 };
    const log = await open();
    await log.createTopic(topic);
    const watcher = new Watcher();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    watcher.handle = (partition) => (partition === 0 ? gate : Promise.resolve());
    const subscription = await log.subscribe(async () => [topic], watcher);
    const frames = [0, 1, 2].map((partition) => frame(topic.election, partition, 100));
    for (let round = 0; round < 4; round++) await log.append(frames);
    const last = await log.append(frames);
    const caughtUp = (...partitions: readonly number[]) =>
      partitions.every((partition) => (watcher.next.get(partition) ?? 0) > last[partition]);
    await eventually("the others", () => caughtUp(1, 2));
    expect(watcher.next.get(0)).toBeUndefined();
    release();
    await eventually("all", () => caughtUp(0, 1, 2));
    await subscription.stop();
    expect(watcher.overlaps).toBe(0);
  });

  it("is not held back by a topic that is missing, and reads it once it is there", async () => {
    const { open } = site();
    const log = await open();
    const [good, late] = [newElection(), newElection()].map((election) => ({
      election,
      partitions: 1,
    }));
    await log.createTopic(good);
    const seen: string[] = [];
    const watcher = new Watcher();
    const handler: PartitionHandler = {
      assigned: (topic, partition) => watcher.assigned(topic, partition),
      revoked: async () => undefined,
      failed: async () => undefined,
      records: async (topic, _partition, records) => {
        seen.push(topic.election);
        return records[records.length - 1].position + 1;
      },
    };
    const subscription = await log.subscribe(async () => [late, good], handler);
    await log.append([frame(good.election, 0, 10)]);
    await eventually("the good one's frame", () => seen.includes(good.election));
    await log.createTopic(late);
    await log.append([frame(late.election, 0, 10)]);
    await eventually("the late one's frame", () => seen.includes(late.election));
    await subscription.stop();
  });
});
