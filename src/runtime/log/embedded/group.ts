import { placeKey } from "../../embedded/environment.js";
import type { Clock } from "../../time/clock.js";
import type { PartitionHandler, Topic } from "../port.js";
import { PartitionReader, type ReadableLog } from "./reader.js";

/** Where the members of a group keep their heartbeats and leases: a small table. */
export interface LeaseTable {
  get(key: Buffer): Buffer | undefined;
  putSync(key: Buffer, value: Buffer): unknown;
  removeSync(key: Buffer): unknown;
  /** In the order of the keys. */
  getRange(range: {
    start: Buffer;
    end: Buffer;
  }): Iterable<{ readonly key: Buffer; readonly value: Buffer }>;
  /** Runs `work` while no other member's runs. */
  transaction(work: () => void): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddedGroupOptions extends ReadableLog {
  /** Which no other member has. */
  readonly id: string;
  readonly leases: LeaseTable;
  readonly clock: Clock;
  readonly topics: () => Promise<Topic[]>;
  readonly handler: PartitionHandler;
  readonly pollMs: number;
}

const heartbeatMs = 250;
/** A member silent for this long has lost its partitions. */
const expiryMs = 2_000;

const memberKey = (id: string) => Buffer.from(`member/${id}`, "latin1");
const firstMember = memberKey("");
const afterMembers = Buffer.from("member0", "latin1");

/** How many members were heard lately. @param now in milliseconds since the epoch */
export function countMembers(leases: Pick<LeaseTable, "getRange">, now: number): number {
  const range = leases.getRange({ start: firstMember, end: afterMembers });
  return [...range].filter(({ value }) => now - value.readDoubleBE(0) <= expiryMs).length;
}

interface Owned {
  readonly topic: Topic;
  readonly partition: number;
  readonly reader: PartitionReader;
}

/**
 * Shares partitions among the processes over one data directory. Members write heartbeats to a
 * small LMDB environment; partition p belongs to live member p mod n; an owner lets go before the
 * next one takes over, unless it has gone silent. These leases only decide who works: a member
 * that wakes up late is stopped by the ledger's conditional append.
 */
export class EmbeddedGroup {
  readonly #id: string;
  readonly #options: EmbeddedGroupOptions;
  readonly #leases: LeaseTable;
  readonly #owned = new Map<string, Owned>();
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: EmbeddedGroupOptions) {
    this.#options = options;
    this.#id = options.id;
    this.#leases = options.leases;
  }

  async start(): Promise<void> {
    await this.#balance();
    this.#loop = this.#run();
    void this.#wake();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#leave();
    return this.#stopped;
  }

  async #leave(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#release([...this.#owned.keys()]);
    await this.#leases.transaction(() => {
      this.#leases.removeSync(memberKey(this.#id));
    });
    await this.#leases.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#options.clock.sleep(heartbeatMs, signal);
      // A failed heartbeat is a missed one: the next may succeed, or the lease runs out.
      if (!signal.aborted) await this.#balance().catch(() => undefined);
    }
  }

  /** Polls for all partitions: wakes the waiting readers whose partition has grown. */
  async #wake(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      for (const { reader } of this.#owned.values()) reader.poll();
      await this.#options.clock.sleep(this.#options.pollMs, signal);
    }
  }

  async #balance(): Promise<void> {
    const topics = await this.#options.topics();
    const wanted = new Map<string, { topic: Topic; partition: number }>();
    const release: string[] = [];
    await this.#leases.transaction(() => {
      const members = this.#liveMembers(this.#options.clock.wallClock());
      for (const topic of topics) {
        for (let partition = 0; partition < topic.partitions; partition++) {
          const key = placeKey(topic.election, partition);
          const owner = this.#leases.get(key)?.toString("latin1");
          const mine = members[partition % members.length] === this.#id;
          const held = owner === this.#id;
          const free = owner === undefined || held || !members.includes(owner);
          const text = key.toString("latin1");
          if (mine && free) {
            if (!held) this.#leases.putSync(key, Buffer.from(this.#id, "latin1"));
            wanted.set(text, { topic, partition });
          } else if (held && !this.#owned.has(text)) {
            // Taken or given back by a transaction that failed, as far as this member knows: as
            // long as it lives, nobody else would take it (simulated seeds 6038 and 7869).
            this.#leases.removeSync(key);
          }
        }
      }
    });
    for (const key of this.#owned.keys()) if (!wanted.has(key)) release.push(key);
    await this.#release(release);
    for (const [key, { topic, partition }] of wanted) {
      if (this.#owned.has(key) || this.#stopping.signal.aborted) continue;
      const reader = new PartitionReader(topic, partition, this.#options, this.#options.handler);
      this.#owned.set(key, { topic, partition, reader });
      reader.start();
    }
  }

  /** Writes this member's heartbeat and forgets silent members. Runs inside the transaction. */
  #liveMembers(now: number): string[] {
    const beat = Buffer.alloc(8);
    beat.writeDoubleBE(now);
    this.#leases.putSync(memberKey(this.#id), beat);
    const live: string[] = [];
    const range = this.#leases.getRange({ start: firstMember, end: afterMembers });
    for (const { key, value } of [...range]) {
      if (now - value.readDoubleBE(0) > expiryMs) this.#leases.removeSync(key);
      else live.push(key.toString("latin1", firstMember.length));
    }
    if (!live.includes(this.#id)) live.push(this.#id);
    return live.sort();
  }

  async #release(keys: string[]): Promise<void> {
    await Promise.all(
      keys.map(async (key) => {
        await this.#owned.get(key)?.reader.stop();
        this.#owned.delete(key);
      }),
    );
    if (keys.length === 0) return;
    await this.#leases.transaction(() => {
      for (const text of keys) {
        const key = Buffer.from(text, "latin1");
        // It is another member's if this one was silent for too long.
        const owner = this.#leases.get(key)?.toString("latin1");
        if (owner === this.#id) this.#leases.removeSync(key);
      }
    });
  }
}
