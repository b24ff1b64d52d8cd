import type { View } from "../../view/port.js";

/**
 * One partition's ballots that are acknowledged and not yet visible, in the order of
 * acknowledgement: position, due time and number.
 */
class WaitingQueue {
  #entries = new Float64Array(3 * 1_024);
  #head = 0;
  #tail = 0;
  ballots = 0;

  push(position: number, dueAt: number, ballots: number): void {
    if (this.#tail + 3 > this.#entries.length) this.#compact();
    this.#entries[this.#tail] = position;
    this.#entries[this.#tail + 1] = dueAt;
    this.#entries[this.#tail + 2] = ballots;
    this.#tail += 3;
    this.ballots += ballots;
  }

  /** Removes everything before a watermark. */
  takeBelow(watermark: number, visit: (dueAt: number, ballots: number) => void): void {
    while (this.#head < this.#tail && this.#entries[this.#head] < watermark) {
      visit(this.#entries[this.#head + 1], this.#entries[this.#head + 2]);
      this.ballots -= this.#entries[this.#head + 2];
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

interface VisibleWatchOptions {
  readonly view: View;
  readonly election: string;
  readonly partitions: number;
  /** Called when ballots that were due at `dueAt` have become visible. */
  readonly onVisible: (dueAt: number, latencyMs: number, ballots: number) => void;
  /** Milliseconds, by the clock of the due times. */
  readonly now: () => number;
}

/**
 * Measures when an acknowledged ballot shows in the live result: once its partition's watermark in
 * the view has passed its position.
 */
export class VisibleWatch {
  readonly #options: VisibleWatchOptions;
  readonly #waiting: readonly WaitingQueue[];
  /** By partition; -1 until a poll has seen the partition. */
  readonly watermarks: Float64Array;

  constructor(options: VisibleWatchOptions) {
    this.#options = options;
    this.#waiting = Array.from({ length: options.partitions }, () => new WaitingQueue());
    this.watermarks = new Float64Array(options.partitions).fill(-1);
  }

  /** Waits for ballots that were acknowledged at this place. */
  expect(partition: number, position: number, dueAt: number, ballots: number): void {
    this.#waiting[partition]?.push(position, dueAt, ballots);
  }

  /** Whether every acknowledged ballot is visible. */
  get isEmpty(): boolean {
    return this.#waiting.every((waiting) => waiting.isEmpty);
  }

  /** How many acknowledged ballots are not visible yet. */
  get behind(): number {
    return this.#waiting.reduce((sum, { ballots }) => sum + ballots, 0);
  }

  /** Reads the view, and reports what has become visible. @throws VoteError `view-unavailable` */
  async poll(): Promise<void> {
    const { view, election, onVisible, now } = this.#options;
    const { partitions } = await view.get(election);
    const seenAt = now();
    for (const { partition, position } of partitions) {
      this.watermarks[partition] = position;
      this.#waiting[partition]?.takeBelow(position, (dueAt, ballots) => {
        onVisible(dueAt, seenAt - dueAt, ballots);
      });
    }
  }
}
