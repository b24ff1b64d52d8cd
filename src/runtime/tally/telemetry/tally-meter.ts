import type { PartitionStatus, TallyMetrics } from "../../contracts/http/status.js";
import { Counts, EventRing, RecentTimes } from "../../telemetry/metrics.js";
import { type Clock, every } from "../../time/clock.js";
import { PartitionLag } from "./partition-lag.js";
import type { TallyEventName, TallyEvents } from "./tally-events.js";

/** Where one partition's tally stands. */
export type PartitionPosition = Omit<PartitionStatus, "end" | "lagRecords" | "lagSeconds">;

interface TallyMeterOptions {
  /** The position of the partition's next record. */
  readonly end: (election: string, partition: number) => Promise<number>;
  readonly clock: Clock;
}

const sampleEveryMs = 1_000;

/** Measures what a tally does. Another number needs only this class and contracts/status.ts. */
export class TallyMeter {
  readonly #options: TallyMeterOptions;
  readonly #lags = new Map<string, PartitionLag>();
  readonly #counts = new Counts();
  readonly #ring = new EventRing();
  readonly #commitTimes = new RecentTimes();
  #commits = 0;
  #endSampling = () => {};
  #sampling: Promise<void> | undefined;

  constructor(options: TallyMeterOptions) {
    this.#options = options;
  }

  committed(tookMs: number): void {
    this.#commits++;
    this.#commitTimes.add(tookMs, this.#options.clock.wallClock());
  }

  /** Records every event and passes it on. */
  recording(events: TallyEvents): TallyEvents {
    return {
      event: (name, fields) => {
        this.#record(name, fields);
        events.event(name, fields);
      },
    };
  }

  #record(name: TallyEventName, fields: Readonly<Record<string, unknown>>): void {
    const { election, partition, publicReason } = fields;
    this.#counts.add(name);
    this.#ring.add({
      at: this.#options.clock.wallClock(),
      name,
      election: typeof election === "string" ? election : null,
      partition: typeof partition === "number" ? partition : null,
      detail: typeof publicReason === "string" ? publicReason : "",
    });
  }

  /** Samples the log's ends every second from now on; worth it only if someone reads `metrics`. */
  watchLag(positions: () => readonly PartitionPosition[]): void {
    const sample = () => {
      // One sample at a time: a log that is down may take long to fail.
      this.#sampling ??= this.#sample(positions()).finally(() => {
        this.#sampling = undefined;
      });
    };
    sample();
    this.#endSampling = every(this.#options.clock, sampleEveryMs, sample);
  }

  async stop(): Promise<void> {
    this.#endSampling();
    await this.#sampling;
  }

  async #sample(positions: readonly PartitionPosition[]): Promise<void> {
    const held = new Set(positions.map(keyOf));
    for (const key of this.#lags.keys()) if (!held.has(key)) this.#lags.delete(key);
    const asked = positions.map(async (one) => {
      const { end, clock } = this.#options;
      const newest = await end(one.election, one.partition);
      const lag = this.#lags.get(keyOf(one)) ?? new PartitionLag();
      this.#lags.set(keyOf(one), lag);
      lag.sample(newest, clock.wallClock());
    });
    // A partition that cannot be sampled now keeps its last known end.
    await Promise.allSettled(asked);
  }

  /** How long things took since the start. */
  get durations() {
    return { commit: this.#commitTimes.sinceStart };
  }

  /** Reads the meter, for the given partitions. */
  metrics(positions: readonly PartitionPosition[], viewLagMs: number): TallyMetrics {
    const now = this.#options.clock.wallClock();
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
