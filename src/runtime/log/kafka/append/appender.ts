import { retry } from "../../../time/backoff.js";
import { sleep, within } from "../../../time/clock.js";
import type { OutgoingFrame } from "../../port.js";
import type { KafkaCluster, ProducedBatch } from "../client/client.js";
import { isStaleMetadata, logUnavailable, lostBroker } from "../client/errors.js";
import { FrameQueue, type Sendable } from "./frame-queue.js";
import type { LeaderLookup } from "./leaders.js";

/** For how long the brokers may wait for their replicas. */
const replicationTimeoutMs = 5_000;
/** The caller gets an answer within this time, even if the client still waits for a broker. */
const appendTimeoutMs = 8_000;
/** A send that is not answered within this time makes us look for a new leader, again and again. */
const stallMs = 1_000;
/** A topic has just been created, or a leader has just changed: nothing was written. */
const onStaleMetadata = { firstMs: 50, maxMs: 400, maxAttempts: 5, mayPass: isStaleMetadata };
const maxMoves = 5;
const moveDelayMs = 100;

/** One frame on its way. */
interface Unit extends Sendable {
  settled: boolean;
  /** How often it was sent to a broker that does not lead the partition. */
  moves: number;
  readonly succeed: (position: number) => void;
  readonly fail: (error: unknown) => void;
}

/** A send that nobody waits for any more is not begun. */
interface Attempt {
  abandoned: boolean;
}

/**
 * Appends the frames of one topic: each partition's in order, with one send under way to each
 * broker. So a broker that does not answer holds up the partitions that it leads, and no others;
 * once they have a new leader, their frames go there. A send carries one record batch for each
 * partition, which every replica in sync has before the append resolves (acks=all).
 *
 * The client's producer is not used: it waits for all brokers together, it stays with a leader that
 * has been replaced until a time-out and beyond, and its idempotent mode has lost acknowledged
 * records (tulios/kafkajs#1005). Frames carry producer id and sequence themselves; whoever could
 * not append sends the same bytes again.
 */
export class TopicAppender {
  readonly #topic: string;
  readonly #cluster: KafkaCluster;
  readonly #lookup: LeaderLookup;
  readonly #queue = new FrameQueue<Unit>();
  /** Partitions with a frame in a send that is under way. */
  readonly #sending = new Set<number>();
  /** Brokers with a send under way. */
  readonly #busy = new Set<string>();
  #leaders: ReadonlyMap<number, string> = new Map();
  #connected: Promise<void> | undefined;
  #scheduled = false;

  constructor(topic: string, cluster: KafkaCluster, lookup: LeaderLookup) {
    this.#topic = topic;
    this.#cluster = cluster;
    this.#lookup = lookup;
  }

  /**
   * Resolves with the positions once all frames are durable. When one has failed, those that have
   * not been sent yet are dropped.
   *
   * @throws VoteError `log-unavailable`
   */
  append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    const units: Unit[] = [];
    const positions = frames.map(
      ({ partition, bytes }) =>
        new Promise<number>((resolve, reject) => {
          const timer = setTimeout(() => unit.fail(new Error(late)), appendTimeoutMs);
          const unit: Unit = {
            partition,
            bytes,
            moves: 0,
            settled: false,
            succeed(position) {
              clearTimeout(timer);
              unit.settled = true;
              resolve(position);
            },
            fail: (error) => {
              clearTimeout(timer);
              unit.settled = true;
              reject(logUnavailable(`append to ${this.#topic}`, error));
            },
          };
          units.push(unit);
          this.#queue.add(unit);
        }),
    );
    this.#schedule();
    return Promise.all(positions).catch((error: unknown) => {
      for (const unit of units) if (!unit.settled) unit.fail(error);
      throw error;
    });
  }

  close(): Promise<void> {
    return this.#cluster.disconnect();
  }

  /** Frames of appends that are made in the same turn share their sends. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void this.#connect()
      .catch((error: unknown) => {
        for (const unit of this.#queue.clear()) if (!unit.settled) unit.fail(error);
      })
      .then(() => {
        this.#scheduled = false;
        this.#pump();
      });
  }

  #pump(): void {
    const waiting = new Map<string, number[]>();
    for (const partition of this.#queue.partitions) {
      const leader = this.#leaders.get(partition) ?? nobody;
      if (this.#busy.has(leader) || this.#sending.has(partition)) continue;
      waiting.set(leader, [...(waiting.get(leader) ?? []), partition]);
    }
    for (const [leader, partitions] of waiting) {
      const units = this.#queue.take(partitions);
      if (units.length > 0) void this.#send(leader, units);
    }
  }

  async #send(leader: string, units: readonly Unit[]): Promise<void> {
    const partitions = [...new Set(units.map(({ partition }) => partition))];
    this.#busy.add(leader);
    for (const partition of partitions) this.#sending.add(partition);
    try {
      const answer = await this.#answerOrMove(leader, partitions, units);
      if (answer === "moved") this.#queue.putBack(units);
      else this.#settle(units, answer);
    } catch (error) {
      await this.#recover(units, error);
    }
    this.#busy.delete(leader);
    for (const partition of partitions) this.#sending.delete(partition);
    this.#schedule();
  }

  #settle(units: readonly Unit[], answer: readonly ProducedBatch[]): void {
    const positions = positionsOf(units, answer);
    units.forEach((unit, at) => {
      this.#queue.mark(unit.partition, false);
      unit.succeed(positions[at]);
    });
  }

  /** The answer to a send, or "moved" once one of its partitions has another leader. */
  async #answerOrMove(
    leader: string,
    partitions: readonly number[],
    units: readonly Unit[],
  ): Promise<readonly ProducedBatch[] | "moved"> {
    const attempt: Attempt = { abandoned: false };
    const produced = this.#produce(leader, units, attempt);
    for (;;) {
      const answer = await within(stallMs, produced);
      if (answer !== undefined) return answer;
      // If it cannot be known who leads, the next look may tell.
      await within(stallMs, this.#look()).catch(() => undefined);
      const moved = partitions.some((partition) => this.#leaders.get(partition) !== leader);
      attempt.abandoned = moved || units.every(({ settled }) => settled);
      if (attempt.abandoned) return "moved";
    }
  }

  async #produce(
    leader: string,
    units: readonly Unit[],
    attempt: Attempt,
  ): Promise<readonly ProducedBatch[]> {
    if (leader === nobody) throw noLeader(units[0].partition);
    const broker = await this.#cluster.findBroker({ nodeId: leader });
    if (attempt.abandoned) return [];
    const byPartition = new Map<number, { value: Buffer }[]>();
    for (const { partition, bytes } of units) {
      const messages = byPartition.get(partition) ?? [];
      messages.push({ value: asBuffer(bytes) });
      byPartition.set(partition, messages);
    }
    const partitions = [...byPartition].map(([partition, messages]) => ({ partition, messages }));
    const { topics } = await broker.produce({
      acks: -1,
      timeout: replicationTimeoutMs,
      topicData: [{ topic: this.#topic, partitions }],
    });
    return topics[0].partitions;
  }

  /** Where nothing was written, sends again to the new leader; otherwise the callers decide. */
  async #recover(units: readonly Unit[], error: unknown): Promise<void> {
    const lost = lostBroker(error);
    if (lost !== undefined) this.#cluster.removeBroker(lost);
    const again = units.filter((unit) => isStaleMetadata(error) && unit.moves++ < maxMoves);
    for (const unit of units) {
      this.#queue.mark(unit.partition, true);
      if (!again.includes(unit) && !unit.settled) unit.fail(error);
    }
    if (again.length > 0) await sleep(moveDelayMs);
    await within(stallMs, this.#look()).catch(() => undefined);
    this.#queue.putBack(again);
  }

  async #look(): Promise<void> {
    this.#leaders = await this.#lookup.leaders(this.#topic);
  }

  #connect(): Promise<void> {
    this.#connected ??= retry(async () => {
      await this.#cluster.connect();
      await this.#cluster.addTargetTopic(this.#topic);
      await this.#look();
    }, onStaleMetadata).catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }
}

const nobody = "";
const late = `not confirmed within ${appendTimeoutMs} ms`;

/** As a broker would say it. */
const noLeader = (partition: number) =>
  Object.assign(new Error(`partition ${partition} has no leader`), {
    type: "LEADER_NOT_AVAILABLE",
  });

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The position of each record: a partition's records follow each other from its base offset.
 *
 * @throws Error when the answer leaves a partition out
 */
export function positionsOf(
  units: readonly { readonly partition: number }[],
  answer: readonly ProducedBatch[],
): number[] {
  const next = new Map<number, number>();
  for (const { partition, errorCode, baseOffset } of answer) {
    const base = Number(baseOffset);
    if (errorCode === 0 && Number.isSafeInteger(base) && base >= 0) next.set(partition, base);
  }
  return units.map(({ partition }) => {
    const position = next.get(partition);
    if (position === undefined) throw new Error(`no answer for partition ${partition}`);
    next.set(partition, position + 1);
    return position;
  });
}
