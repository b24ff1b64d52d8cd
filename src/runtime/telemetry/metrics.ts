import type { Quantiles, RoleEvent } from "../contracts/http/status.js";
import { DurationHistogram } from "./duration-histogram.js";

/** Counters by name: cheap enough for a path that every vote takes. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** The current counts, in the order in which their names first came up. */
  asRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

/** With more durations than this in a minute, the newest ones stand for all. */
const maxTimes = 4_096;
const windowMs = 60_000;

/** The durations of the last minute, and all since the start in buckets, in fixed memory. */
export class RecentTimes {
  readonly sinceStart = new DurationHistogram();
  readonly #tookMs = new Float64Array(maxTimes);
  readonly #at = new Float64Array(maxTimes).fill(Number.NEGATIVE_INFINITY);
  #next = 0;

  /** @param at when it ended, in milliseconds of the clock that `quantiles` is called with */
  add(tookMs: number, at: number): void {
    this.sinceStart.add(tookMs);
    this.#tookMs[this.#next] = tookMs;
    this.#at[this.#next] = at;
    this.#next = (this.#next + 1) % maxTimes;
  }

  /** Median and 99th percentile of the minute before `now`; null if nothing ended in it. */
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

const maxEvents = 100;

/** The newest events of a process, numbered; older ones are in its log. */
export class EventRing {
  #events: RoleEvent[] = [];
  #number = 0;

  add(event: Omit<RoleEvent, "number">): void {
    this.#events.push({ number: ++this.#number, ...event });
    if (this.#events.length > maxEvents) this.#events.shift();
  }

  /** Oldest first. */
  get all(): readonly RoleEvent[] {
    return this.#events;
  }
}
