import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../core/errors.js";
import type { FrozenTable } from "../../core/fold/dedup-table.js";
import type { Clock } from "../../time/clock.js";
import type { SnapshotHead } from "./layout.js";
import { type OpenSnapshot, openSnapshot, writeSnapshot } from "./snapshot-file.js";

/** A partition's state, as the snapshots see it. */
export interface Snapshotable {
  readonly election: string;
  readonly partition: number;
  /** Entries of all its tables. */
  readonly entries: number;
  /** Holds the state as it is behind its last segment, until `thaw`. */
  freeze(): { readonly head: SnapshotHead; readonly tables: readonly FrozenTable[] };
  thaw(): void;
}

/** Hears of each snapshot that was written, was not, or is not used. */
export interface SnapshotEvents {
  event(
    name: "snapshot" | "snapshot-failed" | "snapshot-ignored",
    fields: Readonly<Record<string, unknown>>,
  ): void;
}

export interface SnapshotsOptions {
  readonly directory: string;
  readonly events: SnapshotEvents;
  readonly clock: Pick<Clock, "now" | "sleep">;
  /** So many new entries make a new snapshot worth it. Default 1,000,000: a quarter of a second. */
  readonly minGrowth?: number | undefined;
}

const defaultMinGrowth = 1_000_000;
/** A large table is written again once it has grown by this part: writes stay in proportion. */
const growthPart = 0.125;
/** The least time between two snapshots of one partition. */
const everyMs = 60_000;
/** After each few megabytes: the disk belongs to log and ledger. */
const pauseMs = 80;
/** When the process ends, it waits for no more snapshots than fit in here. */
const endWithinMs = 10_000;
const maxFiles = 128;

/**
 * Keeps snapshots of the partitions held here in files, so that a start reads only what the chain
 * has behind them. They are a convenience: without them, or with one that is wrong in any way, a
 * tally reads the chain from its start. One is written at a time, beside the work.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  /** What each partition's last snapshot has, and when it was begun. */
  readonly #last = new Map<string, { readonly entries: number; readonly at: number }>();
  readonly #atEnd: Snapshotable[] = [];
  #writing: Promise<void> | undefined;
  #endsAt: number | undefined;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** Opens the partition's snapshot; undefined if there is none that is one. */
  async open(election: string, partition: number): Promise<OpenSnapshot | undefined> {
    try {
      return await openSnapshot(this.#pathOf(election, partition));
    } catch (error) {
      this.ignored(election, partition, error);
      return undefined;
    }
  }

  /** Says that a snapshot is not used, and why. */
  ignored(election: string, partition: number, error: unknown): void {
    const publicReason = "The chain is read from its start.";
    const fields = { election, partition, reason: messageOf(error), publicReason };
    this.#options.events.event("snapshot-ignored", fields);
  }

  /** Takes note that the partition's state comes from its snapshot. */
  used({ election, partition, entries }: Omit<Snapshotable, "freeze" | "thaw">): void {
    this.#last.set(keyOf(election, partition), { entries, at: this.#options.clock.now() });
  }

  /** Begins to write a snapshot if the state has grown enough and no other is being written. */
  offer(state: Snapshotable): void {
    if (this.#writing !== undefined || this.#endsAt !== undefined) return;
    const last = this.#last.get(keyOf(state.election, state.partition));
    const now = this.#options.clock.now();
    if (!this.#hasGrown(state) || (last !== undefined && now - last.at < everyMs)) return;
    this.#writing = this.write(state).finally(() => {
      this.#writing = undefined;
    });
  }

  /** Takes a state that changes no more, to be written at the end. */
  offerAtEnd(state: Snapshotable): void {
    if (this.#hasGrown(state)) this.#atEnd.push(state);
  }

  /** Removes a partition's snapshot: it is sealed, and nobody will need it. */
  async remove(election: string, partition: number): Promise<void> {
    await rm(this.#pathOf(election, partition), { force: true }).catch(() => undefined);
  }

  /** Resolves once none is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  /** Writes what was offered for the end, as far as there is time. */
  async stop(): Promise<void> {
    this.#endsAt = this.#options.clock.now() + endWithinMs;
    await this.#writing;
    for (const state of this.#atEnd) await this.write(state);
  }

  #hasGrown({ election, partition, entries }: Snapshotable): boolean {
    const { minGrowth = defaultMinGrowth } = this.#options;
    const { entries: before = 0 } = this.#last.get(keyOf(election, partition)) ?? {};
    return entries - before >= Math.max(minGrowth, before * growthPart);
  }

  /** Writes a snapshot now; a failure is said, and no more. */
  async write(state: Snapshotable): Promise<void> {
    const { directory, events, clock } = this.#options;
    const { election, partition, entries } = state;
    const { head, tables } = state.freeze();
    const startedAt = clock.now();
    this.#last.set(keyOf(election, partition), { entries, at: startedAt });
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await writeSnapshot(this.#pathOf(election, partition), head, tables, () => this.#pause());
      await this.#removeOldest();
      const tookMs = Math.round(clock.now() - startedAt);
      events.event("snapshot", { election, partition, sequence: head.sequence, entries, tookMs });
    } catch (error) {
      const publicReason = "A later one will take its place.";
      const fields = { election, partition, reason: messageOf(error), publicReason };
      events.event("snapshot-failed", fields);
    } finally {
      state.thaw();
    }
  }

  async #pause(): Promise<void> {
    if (this.#endsAt === undefined) await this.#options.clock.sleep(pauseMs);
    else if (this.#options.clock.now() > this.#endsAt) throw new Error("no time is left");
  }

  /** Whatever lies here is bounded, also what a killed process has left unfinished. */
  async #removeOldest(): Promise<void> {
    const { directory } = this.#options;
    const names = await readdir(directory);
    if (names.length <= maxFiles) return;
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(directory, name);
        return { path, at: (await stat(path).catch(() => undefined))?.mtimeMs ?? 0 };
      }),
    );
    files.sort((one, other) => other.at - one.at);
    await Promise.all(files.slice(maxFiles).map(({ path }) => rm(path, { force: true })));
  }

  #pathOf(election: string, partition: number): string {
    return join(this.#options.directory, `${election}.${partition}.snapshot`);
  }
}

const keyOf = (election: string, partition: number) => `${election}/${partition}`;
