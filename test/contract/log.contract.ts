import { expect, it } from "vitest";
import type { FrameRecord, Log, PartitionHandler, Topic } from "../../src/runtime/log/port.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { eventually } from "../helpers/temporary.js";

/** A place where several members, each with a log of its own, meet. */
export interface LogSite {
  open(): Promise<Log>;
  /** An election id not used before. */
  election(): string;
}

const sent = (election: string, partition: number, ballot: number) => ({
  election,
  partition,
  bytes: frameOf(election, partition, [ballotOf(ballot, ballot)], ballot),
});

class Recorder implements PartitionHandler {
  readonly seen = new Map<number, FrameRecord[]>();
  readonly owned = new Set<number>();
  active = 0;
  failures: unknown[] = [];
  handle: (partition: number, records: readonly FrameRecord[]) => Promise<number | undefined> =
    async () => undefined;

  async assigned(_topic: Topic, partition: number): Promise<number> {
    this.owned.add(partition);
    return (this.seen.get(partition)?.at(-1)?.position ?? -1) + 1;
  }

  async records(_topic: Topic, partition: number, records: readonly FrameRecord[]) {
    const other = await this.handle(partition, records);
    if (other !== undefined) return other;
    this.seen.set(partition, [...(this.seen.get(partition) ?? []), ...records]);
    return records[records.length - 1].position + 1;
  }

  async revoked(_topic: Topic, partition: number): Promise<void> {
    this.owned.delete(partition);
  }

  async failed(_topic: Topic, partition: number, error: unknown): Promise<void> {
    this.owned.delete(partition);
    this.failures.push(error);
  }

  get count(): number {
    return [...this.seen.values()].reduce((sum, records) => sum + records.length, 0);
  }
}

/** What every log must do, whatever it is made of. */
export function logContract(site: () => Promise<LogSite>): void {
  it("lists the partitions that hold records, of a topic that need not exist", async () => {
    const { open, election: newElection } = await site();
    const [log, election, neighbour] = [await open(), newElection(), newElection()];
    expect(await log.partitions(election)).toEqual([]);
    await log.createTopic({ election, partitions: 4 });
    await log.createTopic({ election: neighbour, partitions: 4 });
    expect(await log.partitions(election)).toEqual([]);
    await log.append([sent(election, 3, 1), sent(election, 1, 2), sent(neighbour, 0, 3)]);
    expect(await log.partitions(election)).toEqual([1, 3]);
    expect(await (await open()).partitions(neighbour)).toEqual([0]);
  });

  it("gives back each partition's frames in order, byte for byte", async () => {
    const { open, election: newElection } = await site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 3 });
    await log.createTopic({ election, partitions: 3 });
    const frames = Array.from({ length: 30 }, (_, index) => sent(election, index % 3, index));
    const positions = await log.append(frames);
    expect(positions).toHaveLength(30);
    for (const partition of [0, 1, 2]) {
      const records = await log.read(election, partition, 0, 1e6);
      const mine = frames.filter((frame) => frame.partition === partition);
      expect(records.map(({ bytes }) => Buffer.from(bytes))).toEqual(mine.map((f) => f.bytes));
      expect(records.map(({ position }) => position)).toEqual(
        positions.filter((_, index) => index % 3 === partition),
      );
      const last = records[records.length - 1].position;
      expect(await log.end(election, partition)).toBeGreaterThan(last);
      expect(await log.read(election, partition, last + 1, 1e6)).toEqual([]);
    }
  });

  it("reads from any position, bounded in bytes, never nothing if there is something", async () => {
    const { open, election: newElection } = await site();
    const [log, election] = [await open(), newElection()];
    await log.createTopic({ election, partitions: 1 });
    const positions = await log.append([1, 2, 3, 4].map((n) => sent(election, 0, n)));
    const one = await log.read(election, 0, positions[1], 1);
    expect(one.map(({ position }) => position)).toEqual([positions[1]]);
    const rest = await log.read(election, 0, positions[2], 1e6);
    expect(rest.map(({ position }) => position)).toEqual(positions.slice(2));
  });

  it("keeps elections apart, also when one id begins with another", async () => {
    const { open, election: newElection } = await site();
    const log = await open();
    const first = newElection();
    const longer = `${first}-b`;
    for (const election of [first, longer]) await log.createTopic({ election, partitions: 1 });
    await log.append([sent(first, 0, 1), sent(longer, 0, 2), sent(first, 0, 3)]);
    expect(await log.read(first, 0, 0, 1e6)).toHaveLength(2);
    expect(await log.read(longer, 0, 0, 1e6)).toHaveLength(1);
  });

  it("gives many writers distinct positions and loses none of their frames", async () => {
    const { open, election: newElection } = await site();
    const election = newElection();
    const logs = [await open(), await open()];
    await logs[0].createTopic({ election, partitions: 1 });
    const appends = Array.from({ length: 40 }, (_, n) =>
      logs[n % 2].append([sent(election, 0, n)]),
    );
    const positions = (await Promise.all(appends)).flat();
    expect(new Set(positions).size).toBe(40);
    expect(await logs[0].read(election, 0, 0, 1e6)).toHaveLength(40);
  });

  it("delivers everything to a lone subscriber, what comes later too", async () => {
    const { open, election: newElection } = await site();
    const [log, topic] = [await open(), { election: newElection(), partitions: 4 }];
    await log.createTopic(topic);
    await log.append(Array.from({ length: 20 }, (_, n) => sent(topic.election, n % 4, n)));
    const recorder = new Recorder();
    const subscription = await log.subscribe(async () => [topic], recorder);
    await eventually("the first frames", () => recorder.count === 20);
    await log.append(Array.from({ length: 20 }, (_, n) => sent(topic.election, n % 4, 20 + n)));
    await eventually("the later frames", () => recorder.count === 40);
    await subscription.stop();
    expect(recorder.owned.size).toBe(0);
    expect(recorder.failures).toEqual([]);
    for (const records of recorder.seen.values()) {
      const positions = records.map(({ position }) => position);
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(new Set(positions).size).toBe(positions.length);
    }
  });

  it("takes up topics that appear after it subscribed", async () => {
    const { open, election: newElection } = await site();
    const log = await open();
    const topics: Topic[] = [];
    const recorder = new Recorder();
    const subscription = await log.subscribe(async () => topics, recorder);
    const topic = { election: newElection(), partitions: 1 };
    await log.createTopic(topic);
    await log.append([sent(topic.election, 0, 1)]);
    topics.push(topic);
    await eventually("the new topic's frame", () => recorder.count === 1);
    await subscription.stop();
  });

  it("goes where the handler says, and starts over from `assigned` after a failure", async () => {
    const { open, election: newElection } = await site();
    const [log, topic] = [await open(), { election: newElection(), partitions: 1 }];
    await log.createTopic(topic);
    const [first] = await log.append([1, 2, 3].map((n) => sent(topic.election, 0, n)));
    const recorder = new Recorder();
    let calls = 0;
    recorder.handle = async () => {
      calls++;
      if (calls === 1) throw new Error("planted");
      return calls === 2 ? first : undefined;
    };
    const subscription = await log.subscribe(async () => [topic], recorder);
    await eventually("all after a failure and a rewind", () => recorder.count === 3);
    expect(recorder.failures).toHaveLength(1);
    await subscription.stop();
  });

  it("shares the partitions among members and moves them when one leaves", async () => {
    const { open, election: newElection } = await site();
    const topic = { election: newElection(), partitions: 4 };
    const logs = [await open(), await open()];
    await logs[0].createTopic(topic);
    const recorders = [new Recorder(), new Recorder()];
    const subscriptions = [await logs[0].subscribe(async () => [topic], recorders[0])];
    await eventually("all with the first", () => recorders[0].owned.size === 4);
    subscriptions.push(await logs[1].subscribe(async () => [topic], recorders[1]));
    await eventually("two each", () => recorders.every(({ owned }) => owned.size === 2));
    expect(await logs[0].members(topic.election)).toBe(2);
    const shared = [...recorders[0].owned, ...recorders[1].owned].sort();
    expect(shared).toEqual([0, 1, 2, 3]);
    await subscriptions[0].stop();
    await eventually("all with the second", () => recorders[1].owned.size === 4);
    await log4(logs[1], topic);
    await eventually("the frames", () => recorders[1].count === 4);
    expect(await logs[0].members(topic.election)).toBe(1);
    await subscriptions[1].stop();
    await eventually("no member", async () => (await logs[0].members(topic.election)) === 0);
  });
}

const log4 = (log: Log, { election }: Topic) =>
  log.append([0, 1, 2, 3].map((partition) => sent(election, partition, partition + 1)));
