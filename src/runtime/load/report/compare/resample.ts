import type { TimelineRow } from "../../../contracts/load/load-record.js";
import { SeededRandom } from "../../arrivals/seeded-random.js";
import type { TimelineLatency } from "../../measure/timeline.js";

/** A run's timeline, without the last interval if that is not whole. */
export interface ResampledRun {
  readonly rows: readonly TimelineRow[];
}

/**
 * How often each interval was drawn, by run and interval. Runs are drawn with replacement, and from
 * each of them blocks of consecutive intervals, because neighbouring seconds are not independent
 * (moving-block bootstrap, Künsch 1989).
 */
export type Resample = readonly Uint32Array[];

/**
 * Resamples the runs of one side.
 *
 * @param key tells one side from the other; the same key gives the same draws
 * @returns `count` resamples of the runs
 */
export function resamples(runs: readonly ResampledRun[], count: number, key: string): Resample[] {
  const random = new SeededRandom(`compare ${key}`);
  random.seek(runs.length, count);
  const below = (bound: number) => Math.floor(random.uniform() * bound);
  return Array.from({ length: count }, () => {
    const weights = runs.map(({ rows }) => new Uint32Array(rows.length));
    for (let draw = 0; draw < runs.length; draw++) {
      const drawn = weights[below(runs.length)];
      const block = Math.max(1, Math.round(Math.cbrt(drawn.length)));
      for (let taken = 0; taken < drawn.length; ) {
        const start = below(drawn.length);
        for (let at = 0; at < block && taken < drawn.length; at++, taken++) {
          drawn[(start + at) % drawn.length]++;
        }
      }
    }
    return weights;
  });
}

/** The share of the ballots due that was sent or acknowledged, over all intervals. */
export function shareOf(
  what: "sent" | "acknowledged",
  runs: readonly ResampledRun[],
): (weights: Resample) => number {
  return (weights) => {
    let due = 0;
    let done = 0;
    runs.forEach(({ rows }, run) => {
      rows.forEach((row, index) => {
        due += row.due * weights[run][index];
        done += row[what] * weights[run][index];
      });
    });
    return done / Math.max(1, due);
  };
}

/** Slices of an interval's ballots: each one's share, and the normal quantile at its middle. */
const slices = [
  [0.1, -1.645],
  [0.2, -0.842],
  [0.2, -0.253],
  [0.2, 0.253],
  [0.2, 0.842],
  [0.05, 1.44],
  [0.03, 1.812],
  [0.015, 2.241],
  [0.004, 2.748],
  [0.001, 3.29],
] as const;
/** The normal distribution's 99th percentile. */
const z99 = 2.326;

/**
 * A percentile over all intervals. Each interval's latencies are taken as log-normal with the
 * timeline's median and 99th percentile. That is precise enough to estimate how much a percentile
 * varies, which is all that it is used for.
 */
export function percentileOf(
  what: TimelineLatency,
  percentile: number,
  runs: readonly ResampledRun[],
): (weights: Resample) => number {
  const points = runs.flatMap(({ rows }, run) =>
    rows.flatMap(({ latencyMs, due }, index) => {
      const { p50, p99 } = latencyMs[what];
      if (p50 <= 0) return [];
      const spread = Math.log(Math.max(1, p99 / p50)) / z99;
      return slices.map(([share, z]) => {
        return { run, index, ms: p50 * Math.exp(spread * z), ballots: share * due };
      });
    }),
  );
  points.sort((one, other) => one.ms - other.ms);
  return (weights) => {
    const total = points.reduce(
      (sum, { run, index, ballots }) => sum + ballots * weights[run][index],
      0,
    );
    let seen = 0;
    for (const { run, index, ballots, ms } of points) {
      seen += ballots * weights[run][index];
      if (seen >= (total * percentile) / 100) return ms;
    }
    return 0;
  };
}
