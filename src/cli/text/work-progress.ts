import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";
import { formatCount, formatDuration, formatRate } from "../../runtime/text/numbers.js";

/** Shorter work says nothing of itself. */
const silentMs = 2_000;
/** Without a terminal, a line this often. */
const lineEveryMs = 10_000;
const clearLine = "\r\u001b[2K";

interface ProgressOptions {
  /** Standard error: the result alone goes to standard output. */
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** Progress of long work, with rate and time left: a line that is redrawn on a terminal. */
export class WorkProgress implements WorkWatch {
  readonly #options: ProgressOptions;
  #what = "";
  #total: number | undefined;
  #unit = "";
  #startedAt = 0;
  #done = 0;
  #ballots = 0;
  #saidAt = 0;
  #shown = false;

  constructor(options: ProgressOptions = { stream: process.stderr, now: () => performance.now() }) {
    this.#options = options;
  }

  begin(what: string, total: number | undefined, unit: string): void {
    this.end();
    this.#what = what;
    this.#total = total;
    this.#unit = unit;
    this.#done = 0;
    this.#ballots = 0;
    this.#startedAt = this.#options.now();
    this.#saidAt = this.#startedAt;
  }

  done(more: number, ballots = 0): void {
    this.#done += more;
    this.#ballots += ballots;
    const { stream, now } = this.#options;
    const at = now();
    const over = this.#total !== undefined && this.#done >= this.#total;
    if (at - this.#startedAt < silentMs || over) return;
    if (stream.isTTY === true) {
      stream.write(`${clearLine}${this.#text(at)}`);
      this.#shown = true;
    } else if (at - this.#saidAt >= lineEveryMs) {
      stream.write(`${this.#text(at)}\n`);
      this.#saidAt = at;
    }
  }

  end(): void {
    if (this.#shown) this.#options.stream.write(clearLine);
    this.#shown = false;
  }

  #text(at: number): string {
    const elapsedMs = at - this.#startedAt;
    // A busy process ticks late.
    const done = this.#unit === "s" ? Math.floor(elapsedMs / 1_000) : this.#done;
    const total = this.#total === undefined ? "" : ` of ${formatCount(this.#total)}`;
    const parts = [`${this.#what}: ${formatCount(done)}${total} ${this.#unit}`];
    if (this.#ballots > 0) parts.push(`${formatCount(this.#ballots)} ballots`);
    if (this.#unit !== "s") {
      const amount = this.#ballots > 0 ? this.#ballots : done;
      parts.push(formatRate(amount / (elapsedMs / 1_000)));
    }
    if (this.#total !== undefined && done > 0) {
      const leftMs = (elapsedMs / done) * Math.max(0, this.#total - done);
      parts.push(`${formatDuration(leftMs)} left`);
    }
    return parts.join(", ");
  }
}
