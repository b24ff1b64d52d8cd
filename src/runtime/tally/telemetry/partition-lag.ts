interface Sample {
  readonly at: number;
  readonly end: number;
}

/** How far one partition's tally is behind the log. */
interface Lag {
  /** Where the log ends. */
  readonly end: number;
  /** Records not decided yet. */
  readonly records: number;
  /** How long the oldest of them has been waiting, as far as the samples show; 0 without one. */
  readonly seconds: number;
}

const maxSamples = 300;

/**
 * Remembers when the log ended where. The oldest of these ends that the tally has not reached says
 * how long something has been waiting, without reading a record.
 */
export class PartitionLag {
  #samples: Sample[] = [];

  /** @param at milliseconds of the clock that `lag` is called with */
  sample(end: number, at: number): void {
    this.#samples.push({ at, end });
    // The first sample dates the lag; of the others, some may go.
    if (this.#samples.length > maxSamples) this.#samples.splice(1, 1);
  }

  /** @returns undefined while the log's end is unknown */
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
