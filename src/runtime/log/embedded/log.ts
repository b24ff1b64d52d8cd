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
import { systemChance } from "../../time/chance.js";
import { systemClock } from "../../time/clock.js";
import type {
  FrameRecord,
  Log,
  OutgoingFrame,
  PartitionHandler,
  Subscription,
  Topic,
} from "../port.js";
import { countMembers, EmbeddedGroup } from "./group.js";

/** How often readers check whether another process has appended. */
const pollMs = 5;
/** A transaction takes no further append beyond this size. */
const maxCommitBytes = 8 * 1_024 * 1_024;

interface Append {
  readonly frames: readonly OutgoingFrame[];
  readonly resolve: (positions: number[]) => void;
  readonly reject: (error: unknown) => void;
}

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
  /** Appends that wait for the next transaction. */
  readonly #appends: Append[] = [];
  #committing: Promise<void> | undefined;
  /** Opened to look at the group from outside. */
  #leases: Environment | undefined;

  constructor(path: string, environment = openEnvironment(path, true)) {
    this.#path = path;
    this.#environment = environment;
    this.#frames = openTable(this.#environment, "frames");
    this.#ends = openTable(this.#environment, "ends");
  }

  /** Nothing to do: a partition begins with its first record. */
  async createTopic(_topic: Topic): Promise<void> {}

  /** Appends made in the same turn, or while a transaction is under way, share the next one. */
  append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      this.#appends.push({ frames, resolve, reject });
      this.#committing ??= this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    // Appends of the same turn join.
    await undefined;
    while (this.#appends.length > 0) {
      const appends = this.#takeAppends();
      try {
        const positions = await commitDurably(this.#environment, "log-unavailable", () =>
          appends.map(({ frames }) => frames.map((frame) => this.#put(frame))),
        );
        for (const [index, { resolve }] of appends.entries()) resolve(positions[index]);
      } catch (error) {
        for (const { reject } of appends) reject(error);
      }
    }
    this.#committing = undefined;
  }

  #takeAppends(): Append[] {
    let bytes = 0;
    const enough = this.#appends.findIndex(({ frames }) => {
      bytes += frames.reduce((sum, frame) => sum + frame.bytes.length, 0);
      return bytes >= maxCommitBytes;
    });
    return this.#appends.splice(0, enough === -1 ? this.#appends.length : enough + 1);
  }

  /** Runs inside a transaction. @returns the frame's position */
  #put({ election, partition, bytes }: OutgoingFrame): number {
    const endKey = placeKey(election, partition);
    const position = readEnd(this.#ends.get(endKey));
    this.#frames.putSync(placeKey(election, partition, position), bytes as Buffer);
    this.#ends.putSync(endKey, writeEnd(position + 1));
    return position;
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

  async partitions(election: string): Promise<number[]> {
    return readNow(this.#environment, "log-unavailable", () => {
      const range = { start: placeKey(election, 0), end: placeKey(election, 0xffff_ffff) };
      return [...this.#ends.getKeys(range)].map((key) => key.readUInt32BE(key.length - 4));
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
      id: systemChance.bytes(16).toString("hex"),
      leases: this.#openLeases(),
      clock: systemClock,
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

  /** One group shares the partitions of all elections. */
  async members(_election: string): Promise<number> {
    this.#leases ??= this.#openLeases();
    return countMembers(this.#leases, systemClock.wallClock());
  }

  #openLeases(): Environment {
    return openEnvironment(`${this.#path}/group`, false);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => group.stop()));
    await this.#committing;
    await this.#leases?.close();
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
