import { maxRecordBatchBytes } from "../client/settings.js";

const maxRecordsPerSend = 512;
const maxBytesPerSend = 8 * 1_024 * 1_024;
/** Length, offsets, timestamps and headers around a record's value, rounded up. */
const recordOverheadBytes = 128;

/** A frame to be sent, and whether it still has to be. */
export interface Sendable {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly settled: boolean;
}

/** Frames that wait to be sent, by partition, in order. Partitions take turns. */
export class FrameQueue<T extends Sendable> {
  #waiting = new Map<number, T[]>();
  /** Partitions whose last send failed: each is sent alone, so that it fails alone. */
  readonly #suspect = new Set<number>();

  /** The partitions with frames, the one that has waited for the longest first. */
  get partitions(): readonly number[] {
    return [...this.#waiting.keys()];
  }

  add(frame: T): void {
    const waiting = this.#waiting.get(frame.partition);
    if (waiting === undefined) this.#waiting.set(frame.partition, [frame]);
    else waiting.push(frame);
  }

  /** Puts back what was taken, before what has been added since. */
  putBack(frames: readonly T[]): void {
    const since = this.#waiting;
    this.#waiting = new Map();
    for (const frame of frames) this.add(frame);
    for (const frame of [...since.values()].flat()) this.add(frame);
  }

  /** Takes everything. */
  clear(): T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }

  /** Says how a partition's last send has ended. */
  mark(partition: number, failed: boolean): void {
    if (failed) this.#suspect.add(partition);
    else this.#suspect.delete(partition);
  }

  /**
   * Takes what one send may carry of these partitions: one record batch for each. Frames that are
   * settled already are dropped: their callers send them again.
   */
  take(partitions: readonly number[]): T[] {
    const [first] = partitions;
    const together = this.#suspect.has(first)
      ? [first]
      : partitions.filter((partition) => !this.#suspect.has(partition));
    const taken: T[] = [];
    let bytes = 0;
    for (const partition of together) {
      const waiting = (this.#waiting.get(partition) ?? []).filter((frame) => !frame.settled);
      let count = 0;
      for (let batch = 0; count < waiting.length; count++) {
        const size = waiting[count].bytes.length + recordOverheadBytes;
        const full =
          taken.length === maxRecordsPerSend ||
          bytes + size > maxBytesPerSend ||
          batch + size > maxRecordBatchBytes;
        if (full && taken.length > 0) break;
        batch += size;
        bytes += size;
        taken.push(waiting[count]);
      }
      // What has been served goes to the end of the line.
      if (count > 0 || waiting.length === 0) this.#waiting.delete(partition);
      if (count < waiting.length) this.#waiting.set(partition, waiting.slice(count));
    }
    return taken;
  }
}
