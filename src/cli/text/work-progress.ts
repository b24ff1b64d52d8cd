import { formatCount, formatDuration, formatRate } from "../../runtime/text/numbers.js";

/** Shorter work says nothing of itself. */
const silentMs = 2_000;
/** Without a terminal, a line this often. */
const lineEveryMs = 10_000;
const clearLine = "\r\u001b[2K";

interface ProgressOptions {
  /** What is done: "Recounting". */
  readonly what: string;
  /** Parts of about the same size. */
  readonly parts: number;
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** Progress of work in parts, with rate and time left: a line that is redrawn on a terminal. */
export class WorkProgress {
  readonly #options: ProgressOptions;
  readonly #startedAt: number;
  #done = 0;
  #amount = 0;
  #saidAt: number;
  #shown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#startedAt = options.now();
    this.#saidAt = this.#startedAt;
  }

  /** Hears that a part is done, which held so many ballots. */
  part(ballots: number): void {
    this.#done++;
    this.#amount += ballots;
    const { stream, now, parts } = this.#options;
    const at = now();
    if (at - this.#startedAt < silentMs || this.#done === parts) return;
    if (stream.isTTY === true) {
      stream.write(`${clearLine}${this.#text(at)}`);
      this.#shown = true;
    } else if (at - this.#saidAt >= lineEveryMs) {
      stream.write(`${this.#text(at)}\n`);
      this.#saidAt = at;
    }
  }

  /** Clears the line for what is printed next. */
  stop(): void {
    if (this.#shown) this.#options.stream.write(clearLine);
    this.#shown = false;
  }

  #text(at: number): string {
    const { what, parts } = this.#options;
    const elapsedMs = at - this.#startedAt;
    const leftMs = (elapsedMs / this.#done) * (parts - this.#done);
    const rate = formatRate(this.#amount / (elapsedMs / 1_000));
    return (
      `${what}: ${this.#done} of ${parts} partitions, ${formatCount(this.#amount)} ballots, ` +
      `${rate}, ${formatDuration(leftMs)} left`
    );
  }
}
