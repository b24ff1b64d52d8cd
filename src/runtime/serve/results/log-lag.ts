import type { PartitionView } from "../../view/port.js";
import type { Behind } from "./result.js";

/** All that serve may know of the log: where each partition ends. */
export interface LogEnds {
  /** The position that the partition's next record will get. */
  end(election: string, partition: number): Promise<number>;
}

export interface LogLagOptions {
  readonly election: string;
  readonly logEnds: LogEnds;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The log's ends at a time. */
interface Sample {
  readonly at: number;
  readonly ends: readonly number[];
}

/** Less is the normal time from the log to the view, and no news. */
const minLagMs = 3_000;
/** The ends are asked for at most this often. */
const minSampleMs = 2_000;
const maxSamples = 300;

/**
 * How far the figures of one election are behind its log. It remembers where the log ended at which
 * time; the oldest of these ends that a watermark has not reached says since when something has
 * been waiting. Nothing of the log itself is read.
 */
export class LogLag {
  readonly #options: LogLagOptions;
  /** Those that are not wholly in the figures yet, and the newest one. */
  #samples: Sample[] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking = false;

  constructor(options: LogLagOptions) {
    this.#options = options;
  }

  /** Asks for the ends unless that was done just now. A log that cannot be asked is no failure. */
  async sample(partitions: number): Promise<void> {
    const { election, logEnds, now } = this.#options;
    const at = now();
    if (this.#asking || Math.abs(at - this.#askedAt) < minSampleMs) return;
    this.#asking = true;
    this.#askedAt = at;
    try {
      const all = Array.from({ length: partitions }, (_, one) => logEnds.end(election, one));
      this.#samples.push({ at, ends: await Promise.all(all) });
      // The first one says since when; of the others, some may go.
      if (this.#samples.length > maxSamples) this.#samples.splice(1, 1);
    } catch {
      // What is known already stays true: records do not leave the log's end again.
    } finally {
      this.#asking = false;
    }
  }

  /** @returns undefined while the figures are up to date, and while nothing is known */
  behind(watermarks: readonly Pick<PartitionView, "partition" | "position">[]): Behind | undefined {
    const positions = new Map(watermarks.map((one) => [one.partition, one.position]));
    const missing = (end: number, partition: number) =>
      Math.max(0, end - (positions.get(partition) ?? 0));
    const waits = ({ ends }: Sample) => ends.some((end, partition) => missing(end, partition) > 0);
    const first = this.#samples.findIndex(waits);
    // What is in the figures once, stays in them.
    this.#samples = first === -1 ? [] : this.#samples.slice(first);
    const newest = this.#samples.at(-1);
    if (newest === undefined || this.#options.now() - this.#samples[0].at < minLagMs) {
      return undefined;
    }
    const perPartition = newest.ends.map(missing);
    return {
      records: perPartition.reduce((sum, records) => sum + records, 0),
      partitions: perPartition.filter((records) => records > 0).length,
      since: this.#samples[0].at,
    };
  }
}
