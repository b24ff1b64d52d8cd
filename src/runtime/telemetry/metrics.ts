/** What the durations of the last minute say; null where there were none. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

/** So many at most are kept: with more in a minute, the newest ones speak for all. */
const capacity = 4_096;
const windowMs = 60_000;

/** The durations of the last minute, in fixed memory. */
export class RecentTimes {
  readonly #tookMs = new Float64Array(capacity);
  readonly #at = new Float64Array(capacity).fill(Number.NEGATIVE_INFINITY);
  #next = 0;

  /** @param at when it was over, in milliseconds by any one clock */
  add(tookMs: number, at: number): void {
    this.#tookMs[this.#next] = tookMs;
    this.#at[this.#next] = at;
    this.#next = (this.#next + 1) % capacity;
  }

  /** In milliseconds; null if there was nothing within the minute before `now`. */
  quantiles(now: number): Quantiles | null {
    const recent = this.#tookMs.filter((_, index) => this.#at[index] > now - windowMs).sort();
    if (recent.length === 0) return null;
    const at = (share: number) => recent[Math.ceil(share * recent.length) - 1];
    return { p50: rounded(at(0.5)), p99: rounded(at(0.99)) };
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
