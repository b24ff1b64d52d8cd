/** Where and when a ballot was acknowledged; times in milliseconds of the run's clock. */
export interface Acknowledgement {
  readonly partition: number | undefined;
  readonly position: number | undefined;
  readonly acknowledgedAt: number;
}

/** Remembers each acknowledgement so far that a lost ballot can be named with its place. */
export interface Journal {
  find(index: number, partition: number | undefined): Acknowledgement | undefined;
}

/**
 * One entry a chunk of consecutive indexes, with its frame's position in each partition: a few
 * bytes a ballot, whatever the rate.
 */
export class ChunkJournal implements Journal {
  readonly #partitions: number;
  /** First index, index after the last, acknowledged at; then a position for each partition. */
  #entries = new Float64Array(1_024);
  #length = 0;
  /** Where the entries start, by first index; made by the first look after an `add`. */
  #byIndex: Uint32Array | undefined;

  constructor(partitions: number) {
    this.#partitions = partitions;
  }

  /** @param positions by partition; -1 where the chunk had no frame */
  add(from: number, to: number, acknowledgedAt: number, positions: ArrayLike<number>): void {
    const stride = 3 + this.#partitions;
    if (this.#length + stride > this.#entries.length) {
      const larger = new Float64Array((this.#length + stride) * 2);
      larger.set(this.#entries);
      this.#entries = larger;
    }
    this.#entries[this.#length] = from;
    this.#entries[this.#length + 1] = to;
    this.#entries[this.#length + 2] = acknowledgedAt;
    this.#entries.set(positions, this.#length + 3);
    this.#length += stride;
    this.#byIndex = undefined;
  }

  find(index: number, partition: number | undefined): Acknowledgement | undefined {
    const starts = this.#sorted();
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[starts[middle]] <= index) low = middle + 1;
      else high = middle;
    }
    const at = low === 0 ? -1 : starts[low - 1];
    if (at === -1 || index >= this.#entries[at + 1]) return undefined;
    const acknowledgedAt = this.#entries[at + 2];
    const known = partition === undefined ? -1 : this.#entries[at + 3 + partition];
    return { partition, position: known < 0 ? undefined : known, acknowledgedAt };
  }

  /** Chunks never overlap, but their answers come in any order. */
  #sorted(): Uint32Array {
    const stride = 3 + this.#partitions;
    this.#byIndex ??= Uint32Array.from(
      { length: this.#length / stride },
      (_, n) => n * stride,
    ).sort((one, other) => this.#entries[one] - this.#entries[other]);
    return this.#byIndex;
  }
}

const unset = 0xffff_ffff;

/** One entry a ballot, 16 bytes, for streams in which every ballot has an answer of its own. */
export class BallotJournal implements Journal {
  readonly #partitions: Uint16Array;
  readonly #positions: Float64Array;
  readonly #times: Uint32Array;

  constructor(total: number) {
    this.#partitions = new Uint16Array(total);
    this.#positions = new Float64Array(total);
    this.#times = new Uint32Array(total).fill(unset);
  }

  add(index: number, partition: number, position: number, acknowledgedAt: number): void {
    this.#partitions[index] = partition;
    this.#positions[index] = position;
    this.#times[index] = Math.round(acknowledgedAt);
  }

  find(index: number): Acknowledgement | undefined {
    if (this.#times[index] === unset) return undefined;
    return {
      partition: this.#partitions[index],
      position: this.#positions[index],
      acknowledgedAt: this.#times[index],
    };
  }
}
