import type { PackedJournal } from "../../contracts/load/agent-requests.js";

/** Where and when a ballot was acknowledged, in milliseconds after the run's start. */
interface Acknowledgement {
  readonly partition: number | undefined;
  readonly position: number | undefined;
  readonly acknowledgedAt: number;
}

/** Remembers every acknowledgement, so that a finding can name a lost ballot's place. */
export interface Journal {
  find(index: number, partition: number | undefined): Acknowledgement | undefined;
}

/** A journal that can go to another process. Its blocks are views, to write out or to fill. */
export interface SendableJournal extends Journal {
  pack(): PackedJournal;
  blocks(): Uint8Array[];
}

/** A journal of this kind and size, whose blocks the caller fills. */
export function emptyJournal(packed: PackedJournal): SendableJournal {
  return packed.kind === "chunks"
    ? new ChunkJournal(packed.partitions, packed.numbers)
    : new BallotJournal(packed.ballots);
}

/**
 * One entry for each chunk of consecutive indexes, with its frame's position in every partition: a
 * few bytes for each ballot, whatever the rate.
 */
export class ChunkJournal implements SendableJournal {
  readonly #partitions: number;
  /** First index, index after the last, time of acknowledgement; a position for each partition. */
  #entries: Float64Array;
  #length: number;
  /** Where the entries start, sorted by first index; built by the first `find` after an `add`. */
  #byIndex: Uint32Array | undefined;

  /** @param numbers how many numbers of another journal the caller fills in */
  constructor(partitions: number, numbers = 0) {
    this.#partitions = partitions;
    this.#entries = new Float64Array(Math.max(numbers, 1_024));
    this.#length = numbers;
  }

  pack(): PackedJournal {
    return { kind: "chunks", partitions: this.#partitions, numbers: this.#length };
  }

  blocks(): Uint8Array[] {
    return [bytesOf(this.#entries.subarray(0, this.#length))];
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

  /** Chunks never overlap, but they are acknowledged in any order. */
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

/** One entry of 14 bytes for each ballot, for streams whose every ballot has its own answer. */
export class BallotJournal implements SendableJournal {
  readonly #partitions: Uint16Array;
  readonly #positions: Float64Array;
  readonly #times: Uint32Array;

  constructor(total: number) {
    this.#partitions = new Uint16Array(total);
    this.#positions = new Float64Array(total);
    this.#times = new Uint32Array(total).fill(unset);
  }

  pack(): PackedJournal {
    return { kind: "ballots", ballots: this.#times.length };
  }

  blocks(): Uint8Array[] {
    return [bytesOf(this.#partitions), bytesOf(this.#positions), bytesOf(this.#times)];
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

function bytesOf(numbers: Float64Array | Uint32Array | Uint16Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
