import type { Behind } from "../../contracts/http/result.js";
import type { PartitionView } from "../../view/port.js";

/** The only thing serve may read from the log: where each partition ends. */
export interface LogEnds {
  /** The position of the partition's next record. */
  end(election: string, partition: number): Promise<number>;
}

interface LogLagOptions {
  readonly election: string;
  readonly logEnds: LogEnds;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Where the log's partitions ended at one moment. */
interface Sample {
  readonly at: number;
  readonly ends: readonly number[];
}

/** A shorter lag is the normal time from the log to the view. */
const minLagMs = 3_000;
/** The log is asked at most this often. */
const minSampleMs = 2_000;
const maxSamples = 300;

/**
 * Tells how far one election's figures are behind its log. It samples where the log ends; the
 * oldest sample that the watermarks have not reached tells since when records have been waiting.
 */
export class LogLag {
  readonly #options: LogLagOptions;
  /** The samples that the figures have not reached, and the newest sample. */
  #samples: Sample[] = [];
  #sampledAt = Number.NEGATIVE_INFINITY;
  #sampling = false;

  constructor(options: LogLagOptions) {
    this.#options = options;
  }

  /** Samples the ends, unless it has just done so. A log that does not answer is no failure. */
  async sample(partitions: number): Promise<void> {
    const { election, logEnds, now } = this.#options;
    const at = now();
    if (this.#sampling || Math.abs(at - this.#sampledAt) < minSampleMs) return;
    this.#sampling = true;
    this.#sampledAt = at;
    try {
      const all = Array.from({ length: partitions }, (_, one) => logEnds.end(election, one));
      this.#samples.push({ at, ends: await Promise.all(all) });
      // The first sample tells since when; any other may go.
      if (this.#samples.length > maxSamples) this.#samples.splice(1, 1);
    } catch {
      // The samples stay true: a log only grows.
    } finally {
      this.#sampling = false;
    }
  }

  /** @returns undefined while the figures are up to date or the lag is unknown */
  behind(watermarks: readonly Pick<PartitionView, "partition" | "position">[]): Behind | undefined {
    const positions = new Map(watermarks.map((one) => [one.partition, one.position]));
    const missing = (end: number, partition: number) =>
      Math.max(0, end - (positions.get(partition) ?? 0));
    const waits = ({ ends }: Sample) => ends.some((end, partition) => missing(end, partition) > 0);
    const first = this.#samples.findIndex(waits);
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
