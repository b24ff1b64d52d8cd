import { retry } from "../../time/backoff.js";
import type { OutgoingFrame } from "../port.js";
import type { KafkaProducer, SentBatch } from "./client/client.js";
import { isStaleMetadata, logUnavailable } from "./client/errors.js";
import { maxRecordBatchBytes } from "./client/settings.js";

/**
 * Sends under way for one topic: a broker answers a connection in turn, so more of them only make
 * smaller ones. What comes meanwhile is gathered into the next.
 */
const maxSendsUnderWay = 2;
/** The client groups a send's records with a copy that grows with their square. */
const maxRecordsPerSend = 512;
const maxBytesPerSend = 8 * 1_024 * 1_024;
/** Length, offsets, timestamps and headers around a record's value, rounded up. */
const recordOverheadBytes = 128;
/** For how long the brokers may wait for their replicas. */
const replicationTimeoutMs = 5_000;
/** The caller hears by then, whatever the client is still waiting for. */
const appendTimeoutMs = 8_000;
/** A topic just created, or a leader just changed: nothing was written, so at once again. */
const onStaleMetadata = { firstMs: 50, maxMs: 400, maxAttempts: 5, mayPass: isStaleMetadata };

interface Append {
  readonly positions: number[];
  missing: number;
  /** Frames sent and not yet answered for. */
  underWay: number;
  failed: boolean;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (positions: number[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Unit {
  readonly append: Append;
  readonly index: number;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

/**
 * Appends the frames of one topic. Every replica in sync has them before an append resolves
 * (acks=all). Not the client's idempotent mode, which has lost acknowledged records
 * (tulios/kafkajs#1005): frames carry producer id and sequence themselves. Nor the client's
 * retries, which forget partitions whose leader has moved in between: the caller sends again.
 */
export class TopicAppender {
  readonly #topic: string;
  readonly #producer: KafkaProducer;
  readonly #queue: Unit[] = [];
  #underWay = 0;
  #connected: Promise<void> | undefined;

  constructor(topic: string, producer: KafkaProducer) {
    this.#topic = topic;
    this.#producer = producer;
  }

  append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    if (frames.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(append, late(this.#topic)), appendTimeoutMs);
      const append: Append = {
        positions: [],
        missing: frames.length,
        underWay: 0,
        failed: false,
        resolve,
        reject,
        timer,
      };
      frames.forEach(({ partition, bytes }, index) => {
        this.#queue.push({ append, index, partition, bytes });
      });
      this.#pump();
    });
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  #pump(): void {
    while (this.#underWay < maxSendsUnderWay) {
      const units = takeUnits(this.#queue);
      if (units.length === 0) return;
      this.#underWay++;
      for (const { append } of units) append.underWay++;
      void this.#send(units).finally(() => {
        this.#underWay--;
        this.#pump();
      });
    }
  }

  async #send(units: readonly Unit[]): Promise<void> {
    try {
      const answer = await this.#sendOnFreshMetadata(units);
      const positions = positionsOf(units, answer);
      units.forEach(({ append, index }, at) => {
        append.positions[index] = positions[at];
        append.underWay--;
        append.missing--;
        settle(append);
      });
    } catch (error) {
      const failure = logUnavailable(`append to ${this.#topic}`, error);
      for (const { append } of units) {
        append.underWay--;
        settle(append, failure);
      }
    }
  }

  #sendOnFreshMetadata(units: readonly Unit[]): Promise<SentBatch[]> {
    return retry(async () => {
      await this.#connect();
      return this.#producer.send({
        topic: this.#topic,
        acks: -1,
        timeout: replicationTimeoutMs,
        messages: units.map(({ partition, bytes }) => ({ partition, value: asBuffer(bytes) })),
      });
    }, onStaleMetadata);
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#producer.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    return this.#connected;
  }
}

/** What is left of a failed append in the queue is not sent any more. */
function settle(append: Append, failure?: unknown): void {
  if (append.failed || (failure === undefined && append.missing > 0)) return;
  clearTimeout(append.timer);
  if (failure === undefined) {
    append.resolve(append.positions);
    return;
  }
  append.failed = true;
  append.reject(failure);
}

const late = (topic: string) =>
  logUnavailable(`append to ${topic}`, new Error(`not confirmed within ${appendTimeoutMs} ms`));

function asBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Sendable {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly append: { readonly failed: boolean; readonly underWay: number };
}

/**
 * Takes from the front what one send may carry: all records of a partition are one batch there.
 * What is left of an append that has been begun waits for that part: its frames keep their order.
 */
export function takeUnits<T extends Sendable>(queue: T[]): T[] {
  const batchBytes = new Map<number, number>();
  const units: T[] = [];
  let bytes = 0;
  let taken = 0;
  for (const unit of queue) {
    // The caller has been told already and sends these again.
    if (!unit.append.failed) {
      const size = unit.bytes.length + recordOverheadBytes;
      const batch = (batchBytes.get(unit.partition) ?? 0) + size;
      const full =
        units.length === maxRecordsPerSend ||
        bytes + size > maxBytesPerSend ||
        batch > maxRecordBatchBytes;
      if ((full && units.length > 0) || unit.append.underWay > 0) break;
      batchBytes.set(unit.partition, batch);
      bytes += size;
      units.push(unit);
    }
    taken++;
  }
  queue.splice(0, taken);
  return units;
}

/**
 * Where each record stands: a partition's records follow each other from its base offset on.
 *
 * @throws Error when the answer leaves a partition out, as the client's does after some failures
 */
export function positionsOf(
  units: readonly { readonly partition: number }[],
  answer: readonly SentBatch[],
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
