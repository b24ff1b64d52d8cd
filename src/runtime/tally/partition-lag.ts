interface Sample {
  readonly at: number;
  readonly end: number;
}

/** How far one partition's tally is behind the log. */
export interface Lag {
  /** Where the log ends. */
  readonly end: number;
  /** Records that are not decided yet. */
  readonly records: number;
  /** How long the oldest of them has been there, as far as it was looked at; 0 without one. */
  readonly seconds: number;
}

const maxSamples = 300;

/**
 * Remembers where the log ended at which time. The oldest of these ends that the tally has not
 * reached says since when something has been waiting; no record is read for it.
 */
export class PartitionLag {
  #samples: Sample[] = [];

  /** @param at milliseconds by the clock that `lag` is asked by */
  sample(end: number, at: number): void {
    this.#samples.push({ at, end });
    // The first one says since when; of the others, some may go.
    if (this.#samples.length > maxSamples) this.#samples.splice(1, 1);
  }

  /** @returns undefined while the log's end is not known */
  lag(position: number, now: number): Lag | undefined {
    const newest = this.#samples.at(-1);
    if (newest === undefined) return undefined;
    this.#samples = this.#samples.filter((one) => one.end > position || one === newest);
    const records = Math.max(0, newest.end - position);
    const waitedMs = records === 0 ? 0 : now - this.#samples[0].at;
    return {
      end: Math.max(position, newest.end),
      records,
      seconds: Math.round(waitedMs / 100) / 10,
    };
  }
}
