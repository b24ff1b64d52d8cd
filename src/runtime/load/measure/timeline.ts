import type { PackedTimeline } from "../../contracts/load/agent-requests.js";
import type { TimelineRow } from "../../contracts/load/load-record.js";
import { CompactHistogram } from "./compact-histogram.js";

/** What a run counts over time. */
const timelineCounts = ["due", "sent", "acknowledged", "refused"] as const;
type TimelineCount = (typeof timelineCounts)[number];
const timelineLatencies = ["acknowledge", "visible", "scheduleLag"] as const;
export type TimelineLatency = (typeof timelineLatencies)[number];

interface Interval {
  readonly counts: Record<TimelineCount, number>;
  readonly latencies: Record<TimelineLatency, CompactHistogram>;
}

const maxIntervals = 1_000;

/**
 * A run over time, in about a thousand intervals at most, whatever its length. A count belongs to
 * the interval in which it happened, a latency to that in which its ballot was due, so that a stall
 * shows when voters felt it.
 */
export class Timeline {
  /** Each interval's length: a whole number of seconds. */
  readonly everyMs: number;
  readonly #intervals: Interval[] = [];

  /** @param durationMs how long ballots are due */
  constructor(durationMs: number) {
    this.everyMs = Math.max(1, Math.ceil(durationMs / 1_000 / maxIntervals)) * 1_000;
  }

  /** @param elapsedMs milliseconds after the run's start */
  count(what: TimelineCount, elapsedMs: number, ballots: number): void {
    if (ballots !== 0) this.#at(elapsedMs).counts[what] += ballots;
  }

  /** @param dueAtMs when the ballots were due, in milliseconds after the start */
  latency(what: TimelineLatency, dueAtMs: number, latencyMs: number, ballots: number): void {
    if (ballots !== 0) this.#at(dueAtMs).latencies[what].record(latencyMs, ballots);
  }

  /** Adds another process's share of the same run. */
  add(other: Timeline): void {
    other.#intervals.forEach((interval, index) => {
      const own = this.#at(index * this.everyMs);
      for (const what of timelineCounts) own.counts[what] += interval.counts[what];
      for (const what of timelineLatencies) own.latencies[what].add(interval.latencies[what]);
    });
  }

  rows(): TimelineRow[] {
    return this.#intervals.map(({ counts, latencies }, index) => {
      const of = (what: TimelineLatency) => ({
        p50: rounded(latencies[what].percentile(50)),
        p99: rounded(latencies[what].percentile(99)),
      });
      const latencyMs = {
        acknowledge: of("acknowledge"),
        visible: of("visible"),
        scheduleLag: of("scheduleLag"),
      };
      return { atMs: index * this.everyMs, ...counts, latencyMs };
    });
  }

  /** For another process, which unpacks it with `Timeline.from`. */
  pack(): PackedTimeline {
    return {
      everyMs: this.everyMs,
      intervals: this.#intervals.map(({ counts, latencies }) => ({
        counts: timelineCounts.map((what) => counts[what]),
        latencies: timelineLatencies.map((what) => sparse(latencies[what].counts)),
      })),
    };
  }

  static from({ everyMs, intervals }: PackedTimeline): Timeline {
    const timeline = new Timeline(everyMs * maxIntervals);
    intervals.forEach((interval, index) => {
      const own = timeline.#at(index * everyMs);
      timelineCounts.forEach((what, number) => {
        own.counts[what] = interval.counts[number];
      });
      timelineLatencies.forEach((what, number) => {
        const { counts } = own.latencies[what];
        for (const [bucket, count] of interval.latencies[number]) counts[bucket] = count;
      });
    });
    return timeline;
  }

  #at(elapsedMs: number): Interval {
    const index = Math.max(0, Math.floor(elapsedMs / this.everyMs));
    while (this.#intervals.length <= index) this.#intervals.push(emptyInterval());
    return this.#intervals[index];
  }
}

function emptyInterval(): Interval {
  return {
    counts: { due: 0, sent: 0, acknowledged: 0, refused: 0 },
    latencies: {
      acknowledge: new CompactHistogram(),
      visible: new CompactHistogram(),
      scheduleLag: new CompactHistogram(),
    },
  };
}

function sparse(counts: Uint32Array): [number, number][] {
  const pairs: [number, number][] = [];
  counts.forEach((count, bucket) => {
    if (count > 0) pairs.push([bucket, count]);
  });
  return pairs;
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
