import { type Clock, systemClock } from "../../time/clock.js";
import { directWire, type Wire } from "../../time/wire.js";
import { countMembers, EmbeddedGroup } from "../embedded/group.js";
import type {
  FrameRecord,
  Log,
  OutgoingFrame,
  PartitionHandler,
  Subscription,
  Topic,
} from "../port.js";
import { MemoryLeases } from "./leases.js";

/** What all handles of one in-memory log share. */
export class LogContent {
  /** Records by election and partition; a record's place is its position. */
  readonly topics = new Map<string, Map<number, Buffer[]>>();
  readonly leases = new Map<string, Buffer>();

  records(election: string, partition: number): readonly Buffer[] {
    return this.topics.get(election)?.get(partition) ?? [];
  }

  /** @returns the record's position */
  put(election: string, partition: number, bytes: Buffer): number {
    const partitions = this.topics.get(election) ?? new Map<number, Buffer[]>();
    this.topics.set(election, partitions);
    const records = partitions.get(partition) ?? [];
    partitions.set(partition, records);
    return records.push(bytes) - 1;
  }
}

interface MemoryLogOptions {
  readonly content: LogContent;
  /** Which no other handle has. */
  readonly id: string;
  readonly wire?: Wire;
  readonly clock?: Clock;
  /** How often a member of the group looks for new records. Default 5. */
  readonly pollMs?: number;
}

/** The log in memory, for one process and its simulations: one handle, as a role opens it. */
export class MemoryLog implements Log {
  readonly #options: MemoryLogOptions;
  readonly #content: LogContent;
  readonly #wire: Wire;
  readonly #groups = new Set<EmbeddedGroup>();

  constructor(options: MemoryLogOptions) {
    this.#options = options;
    this.#content = options.content;
    this.#wire = options.wire ?? directWire;
  }

  /** Nothing to do: a partition begins with its first record. */
  createTopic(_topic: Topic): Promise<void> {
    return this.#wire("log.createTopic", () => undefined);
  }

  /** Each frame goes its own way: of those given together, some may arrive and others not. */
  append(frames: readonly OutgoingFrame[]): Promise<number[]> {
    const appends = frames.map(({ election, partition, bytes }) => {
      const sent = Buffer.from(bytes);
      return this.#wire("log.append", () => this.#content.put(election, partition, sent));
    });
    return Promise.all(appends);
  }

  read(
    election: string,
    partition: number,
    fromPosition: number,
    maxBytes: number,
  ): Promise<FrameRecord[]> {
    return this.#wire("log.read", () => {
      const found: FrameRecord[] = [];
      const records = this.#content.records(election, partition);
      let size = 0;
      for (let position = fromPosition; position < records.length && size < maxBytes; position++) {
        const bytes = records[position];
        found.push({ position, bytes });
        size += bytes.length;
      }
      return found;
    });
  }

  partitions(election: string): Promise<number[]> {
    return this.#wire("log.partitions", () =>
      [...(this.#content.topics.get(election)?.keys() ?? [])].sort((one, other) => one - other),
    );
  }

  end(election: string, partition: number): Promise<number> {
    return this.#wire("log.end", () => this.#content.records(election, partition).length);
  }

  async subscribe(
    topics: () => Promise<Topic[]>,
    handler: PartitionHandler,
  ): Promise<Subscription> {
    const { id, clock = systemClock, pollMs = 5 } = this.#options;
    const group = new EmbeddedGroup({
      ...{ id, clock, pollMs, topics, handler },
      leases: new MemoryLeases(this.#content.leases, this.#wire),
      read: ({ election }, ...where) => this.read(election, ...where),
      end: ({ election }, partition) => this.#content.records(election, partition).length,
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
  members(_election: string): Promise<number> {
    const { clock = systemClock } = this.#options;
    const { leases } = this.#content;
    return this.#wire("log.members", () =>
      countMembers(new MemoryLeases(leases, this.#wire), clock.wallClock()),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => group.stop()));
  }
}
