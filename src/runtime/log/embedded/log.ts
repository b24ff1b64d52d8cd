import {
  commitDurably,
  type Environment,
  greatestNumber,
  numberOfKey,
  openEnvironment,
  openTable,
  placeKey,
  readNow,
  type Table,
} from "../../embedded/environment.js";
import type {
  FrameRecord,
  Log,
  OutgoingFrame,
  PartitionHandler,
  Subscription,
  Topic,
} from "../port.js";
import { EmbeddedGroup } from "./group.js";

/** How often readers check whether another process has appended. */
const pollMs = 5;

/**
 * The log in LMDB: records by (election, partition, position), and each partition's end, written in
 * one transaction. Positions count from 0 without gaps.
 */
export class EmbeddedLog implements Log {
  readonly #path: string;
  readonly #environment: Environment;
  readonly #frames: Table;
  readonly #ends: Table;
  readonly #groups = new Set<EmbeddedGroup>();

  constructor(path: string) {
    this.#path = path;
    this.#environment = openEnvironment(path, true);
    this.#frames = openTable(this.#environment, "frames");
    this.#ends = openTable(this.#environment, "ends");
  }

  /** Nothing to do: a partition begins with its first record. */
  async createTopic(_topic: Topic): Promise<void> {}

  append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    return commitDurably(this.#environment, "log-unavailable", () =>
      frames.map(({ election, partition, bytes }) => {
        const endKey = placeKey(election, partition);
        const position = readEnd(this.#ends.get(endKey));
        this.#frames.putSync(placeKey(election, partition, position), bytes as Buffer);
        this.#ends.putSync(endKey, writeEnd(position + 1));
        return position;
      }),
    );
  }

  async read(
    election: string,
    partition: number,
    fromPosition: number,
    maxBytes: number,
  ): Promise<FrameRecord[]> {
    return readNow(this.#environment, "log-unavailable", () => {
      const records: FrameRecord[] = [];
      let bytes = 0;
      const range = this.#frames.getRange({
        start: placeKey(election, partition, fromPosition),
        end: placeKey(election, partition, greatestNumber),
      });
      for (const { key, value } of range) {
        records.push({ position: numberOfKey(key), bytes: value });
        bytes += value.length;
        if (bytes >= maxBytes) break;
      }
      return records;
    });
  }

  async end(election: string, partition: number): Promise<number> {
    return this.#endNow(election, partition);
  }

  #endNow(election: string, partition: number): number {
    return readNow(this.#environment, "log-unavailable", () =>
      readEnd(this.#ends.get(placeKey(election, partition))),
    );
  }

  async subscribe(
    topics: () => Promise<Topic[]>,
    handler: PartitionHandler,
  ): Promise<Subscription> {
    const group = new EmbeddedGroup({
      path: `${this.#path}/group`,
      topics,
      handler,
      read: (topic, partition, position, maxBytes) =>
        this.read(topic.election, partition, position, maxBytes),
      end: (topic, partition) => this.#endNow(topic.election, partition),
      pollMs,
    });
    this.#groups.add(group);
    await group.start();
    return {
      stop: async () => {
        this.#groups.delete(group);
        await group.stop();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => group.stop()));
    await this.#environment.close();
  }
}

function readEnd(value: Buffer | undefined): number {
  return value === undefined ? 0 : value.readUIntBE(0, 6);
}

function writeEnd(end: number): Buffer {
  const value = Buffer.alloc(6);
  value.writeUIntBE(end, 0, 6);
  return value;
}
