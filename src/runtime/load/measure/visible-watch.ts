import type { View } from "../../view/port.js";

/** Acknowledged and not yet visible: three numbers each, in the order of acknowledgement. */
class Waiting {
  #entries = new Float64Array(3 * 1_024);
  #head = 0;
  #tail = 0;

  push(position: number, intendedAt: number, ballots: number): void {
    if (this.#tail + 3 > this.#entries.length) this.#compact();
    this.#entries[this.#tail] = position;
    this.#entries[this.#tail + 1] = intendedAt;
    this.#entries[this.#tail + 2] = ballots;
    this.#tail += 3;
  }

  /** Takes out everything before a watermark. */
  takeBelow(watermark: number, visit: (intendedAt: number, ballots: number) => void): void {
    while (this.#head < this.#tail && this.#entries[this.#head] < watermark) {
      visit(this.#entries[this.#head + 1], this.#entries[this.#head + 2]);
      this.#head += 3;
    }
  }

  get isEmpty(): boolean {
    return this.#head === this.#tail;
  }

  #compact(): void {
    const waiting = this.#entries.subarray(this.#head, this.#tail);
    const target = new Float64Array(Math.max(3 * 1_024, waiting.length * 2));
    target.set(waiting);
    this.#entries = target;
    this.#tail = waiting.length;
    this.#head = 0;
  }
}

export interface VisibleWatchOptions {
  readonly view: View;
  readonly election: string;
  readonly partitions: number;
  /** So many ballots that were due then have become visible just now. */
  readonly onVisible: (dueAt: number, latencyMs: number, ballots: number) => void;
  /** Milliseconds; the same clock as the intended times. */
  readonly now: () => number;
}

/**
 * Measures when an acknowledged ballot shows in the live result: as soon as its partition's
 * watermark in the view has passed its position.
 */
export class VisibleWatch {
  readonly #options: VisibleWatchOptions;
  readonly #waiting: readonly Waiting[];
  /** By partition; -1 before the first poll has seen it. */
  readonly watermarks: Float64Array;

  constructor(options: VisibleWatchOptions) {
    this.#options = options;
    this.#waiting = Array.from({ length: options.partitions }, () => new Waiting());
    this.watermarks = new Float64Array(options.partitions).fill(-1);
  }

  /** So many ballots at this place were acknowledged and should become visible. */
  expect(partition: number, position: number, intendedAt: number, ballots: number): void {
    this.#waiting[partition]?.push(position, intendedAt, ballots);
  }

  get isEmpty(): boolean {
    return this.#waiting.every((waiting) => waiting.isEmpty);
  }

  /** @throws VoteError `view-unavailable` */
  async poll(): Promise<void> {
    const { view, election, onVisible, now } = this.#options;
    const { partitions } = await view.get(election);
    const seenAt = now();
    for (const { partition, position } of partitions) {
      this.watermarks[partition] = position;
      this.#waiting[partition]?.takeBelow(position, (intendedAt, ballots) => {
        onVisible(intendedAt, seenAt - intendedAt, ballots);
      });
    }
  }
}
