import { Counts } from "../telemetry/counts.js";
import { EventRing, type RoleEvent } from "../telemetry/event-ring.js";
import { type Quantiles, RecentTimes } from "../telemetry/metrics.js";
import { PartitionLag } from "./partition-lag.js";
import type { TallyEventName, TallyEvents } from "./tally-events.js";

/** Where one partition's tally stands. */
export interface PartitionPosition {
  readonly election: string;
  readonly partition: number;
  /** Up to where the log is decided. */
  readonly position: number;
  readonly sealed: boolean;
}

export interface PartitionStatus extends PartitionPosition {
  /** Where the log ends; null, as the lag, while that is not known. */
  readonly end: number | null;
  readonly lagRecords: number | null;
  readonly lagSeconds: number | null;
}

/** What a tally tells operators. */
export interface TallyFigures {
  readonly partitions: readonly PartitionStatus[];
  /** Segments that were inserted into the ledger since the start. */
  readonly commits: number;
  /** How long that took, in the last minute; null if there was none. */
  readonly commitMs: Quantiles | null;
  /** By name, since the start. */
  readonly eventCounts: Readonly<Record<string, number>>;
  /** How long the oldest figures have been waiting to get into the view; 0 if none do. */
  readonly viewLagMs: number;
  /** The oldest first. */
  readonly events: readonly RoleEvent[];
}

export interface TallyStatusOptions {
  /** The position that the partition's next record will get. */
  readonly end: (election: string, partition: number) => Promise<number>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const sampleEveryMs = 1_000;

/** Keeps what a tally tells operators: plain numbers on its way, the rest when it is asked for. */
export class TallyStatus {
  readonly #options: TallyStatusOptions;
  readonly #lags = new Map<string, PartitionLag>();
  readonly #counts = new Counts();
  readonly #ring = new EventRing();
  readonly #commitTimes = new RecentTimes();
  #commits = 0;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Promise<void> | undefined;

  constructor(options: TallyStatusOptions) {
    this.#options = options;
  }

  committed(tookMs: number): void {
    this.#commits++;
    this.#commitTimes.add(tookMs, this.#options.now());
  }

  /** Passes every event on, and keeps it. */
  listening(events: TallyEvents): TallyEvents {
    return {
      event: (name, fields) => {
        this.#keep(name, fields);
        events.event(name, fields);
      },
    };
  }

  #keep(name: TallyEventName, fields: Readonly<Record<string, unknown>>): void {
    const { election, partition, reason } = fields;
    this.#counts.add(name);
    this.#ring.add({
      at: this.#options.now(),
      name,
      election: typeof election === "string" ? election : null,
      partition: typeof partition === "number" ? partition : null,
      detail: typeof reason === "string" ? reason : "",
    });
  }

  /** Looks at the log's ends every second from now on: only for those whom somebody asks. */
  watch(positions: () => readonly PartitionPosition[]): void {
    const sample = () => {
      // One look at a time: a log that is gone takes its time to say so.
      this.#sampling ??= this.#sample(positions()).finally(() => {
        this.#sampling = undefined;
      });
    };
    sample();
    this.#timer = setInterval(sample, sampleEveryMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sampling;
  }

  async #sample(positions: readonly PartitionPosition[]): Promise<void> {
    const held = new Set(positions.map(keyOf));
    for (const key of this.#lags.keys()) if (!held.has(key)) this.#lags.delete(key);
    const asked = positions.map(async (one) => {
      const { end, now } = this.#options;
      const newest = await end(one.election, one.partition);
      const lag = this.#lags.get(keyOf(one)) ?? new PartitionLag();
      this.#lags.set(keyOf(one), lag);
      lag.sample(newest, now());
    });
    // What cannot be asked for just now keeps its last known end.
    await Promise.allSettled(asked);
  }

  figures(positions: readonly PartitionPosition[], viewLagMs: number): TallyFigures {
    const now = this.#options.now();
    const partitions = positions.map((one) => {
      const lag = this.#lags.get(keyOf(one))?.lag(one.position, now);
      const { end = null, records = null, seconds = null } = lag ?? {};
      return { ...one, end, lagRecords: records, lagSeconds: seconds };
    });
    return {
      partitions,
      commits: this.#commits,
      commitMs: this.#commitTimes.quantiles(now),
      eventCounts: this.#counts.asRecord(),
      viewLagMs,
      events: this.#ring.all,
    };
  }
}

const keyOf = ({ election, partition }: PartitionPosition) => `${election}/${partition}`;
