import type { LoadRecord } from "../../../contracts/load/load-record.js";
import { percentileOf, type Resample, type ResampledRun, resamples, shareOf } from "./resample.js";

const comparedMetrics = [
  "sent",
  "accepted",
  "acknowledged p50",
  "acknowledged p99",
  "acknowledged p99.9",
  "visible p50",
  "visible p99",
  "visible p99.9",
] as const;

/** `unclear`: beyond the tolerance, but the runs are too short to tell it from noise. */
export type ComparedVerdict = "better" | "same" | "worse" | "unclear";

export interface ComparedMetric {
  readonly metric: (typeof comparedMetrics)[number];
  /** Votes a second, the more the better, or milliseconds, the less the better. */
  readonly unit: "/s" | "ms";
  readonly base: number;
  readonly candidate: number;
  /** Candidate divided by base; null if one of them was not measured. */
  readonly ratio: number | null;
  /** The ratio's 99 % confidence interval, by the timelines; null if they are too short. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly verdict: ComparedVerdict;
}

/** A run's record with the file it was read from. */
export interface ComparedRun {
  readonly file: string;
  readonly record: LoadRecord;
}

export interface Comparison {
  readonly base: readonly string[];
  readonly candidate: readonly string[];
  /** A smaller change counts as none. */
  readonly tolerance: number;
  readonly metrics: readonly ComparedMetric[];
  /** What makes the runs hard to compare, a sentence each. */
  readonly warnings: readonly string[];
  /** `fail` if any metric is worse. */
  readonly verdict: "pass" | "fail";
}

const draws = 1_000;
/** The share of the resampled ratios that lies within the interval. */
const certainty = 0.99;
/** Fewer whole intervals do not show how much a run varies. */
const minIntervals = 8;

/**
 * Compares runs before and after a change. A difference counts only beyond the tolerance and beyond
 * the noise, which a block bootstrap over the runs' intervals estimates. The same records always
 * give the same answer.
 *
 * @param base      at least one run; several show how much runs vary
 * @param candidate at least one run
 * @param tolerance 0.05 for 5 %
 */
export function compareRuns(
  base: readonly ComparedRun[],
  candidate: readonly ComparedRun[],
  tolerance: number,
  warnings: readonly string[] = [],
): Comparison {
  const sides = [sideOf(base, "base"), sideOf(candidate, "candidate")] as const;
  const metrics = comparedMetrics.map((metric) => compareMetric(metric, sides, tolerance));
  return {
    base: base.map(({ file }) => file),
    candidate: candidate.map(({ file }) => file),
    tolerance,
    metrics,
    warnings,
    verdict: metrics.some(({ verdict }) => verdict === "worse") ? "fail" : "pass",
  };
}

interface Side {
  readonly records: readonly LoadRecord[];
  readonly runs: readonly ResampledRun[];
  /** Empty when the runs are too short. */
  readonly resamples: readonly Resample[];
}

function sideOf(compared: readonly ComparedRun[], key: string): Side {
  const records = compared.map(({ record }) => record);
  const runs = records.map(({ timeline, sendingMs }) => ({
    rows: timeline.rows.filter(({ atMs }) => atMs + timeline.everyMs <= sendingMs),
  }));
  const isLong = runs.every(({ rows }) => rows.length >= minIntervals);
  return { records, runs, resamples: isLong ? resamples(runs, draws, key) : [] };
}

function compareMetric(
  metric: ComparedMetric["metric"],
  [base, candidate]: readonly [Side, Side],
  tolerance: number,
): ComparedMetric {
  const estimator = estimatorOf(metric);
  const of = ({ records }: Side) => median(records.map((record) => estimator.measured(record)));
  const [before, after] = [of(base), of(candidate)];
  const ratio = before > 0 && after > 0 ? after / before : null;
  const interval = ratio === null ? null : intervalOf(ratio, base, candidate, estimator.statistic);
  return {
    metric,
    unit: estimator.unit,
    base: before,
    candidate: after,
    ratio,
    interval,
    verdict: verdictOf(ratio, interval, tolerance, estimator.unit),
  };
}

/** How a metric is read from a record, and estimated from resampled runs. */
interface Estimator {
  readonly unit: "/s" | "ms";
  readonly measured: (record: LoadRecord) => number;
  readonly statistic: (runs: readonly ResampledRun[]) => (weights: Resample) => number;
}

function estimatorOf(metric: ComparedMetric["metric"]): Estimator {
  if (metric === "sent" || metric === "accepted") {
    return {
      unit: "/s",
      measured: (record) => record[`${metric}PerSecond`],
      statistic: (runs) => shareOf(metric === "sent" ? "sent" : "acknowledged", runs),
    };
  }
  const [name, label] = metric.split(" p");
  const what = name === "visible" ? "visible" : "acknowledge";
  const key = label === "99.9" ? "p999" : (`p${label}` as "p50" | "p99");
  return {
    unit: "ms",
    measured: ({ latencyMs }) => latencyMs[what][key],
    statistic: (runs) => percentileOf(what, Number(label), runs),
  };
}

/** The measured ratio, with the spread of the resampled ones around it. */
function intervalOf(
  ratio: number,
  base: Side,
  candidate: Side,
  statistic: Estimator["statistic"],
): ComparedMetric["interval"] {
  if (base.resamples.length === 0 || candidate.resamples.length === 0) return null;
  const [before, after] = [statistic(base.runs), statistic(candidate.runs)];
  const ratios = base.resamples
    .map((weights, draw) => after(candidate.resamples[draw]) / before(weights))
    .filter((one) => Number.isFinite(one) && one > 0)
    .sort((one, other) => one - other);
  if (ratios.length < draws / 2) return null;
  const at = (share: number) => ratios[Math.floor(share * (ratios.length - 1))];
  const middle = at(0.5);
  const tail = (1 - certainty) / 2;
  return { low: (ratio * at(tail)) / middle, high: (ratio * at(1 - tail)) / middle };
}

function verdictOf(
  ratio: number | null,
  interval: ComparedMetric["interval"],
  tolerance: number,
  unit: "/s" | "ms",
): ComparedVerdict {
  if (ratio === null) return "unclear";
  if (ratio <= 1 + tolerance && ratio >= 1 / (1 + tolerance)) return "same";
  if (interval === null) return "unclear";
  if (interval.low <= 1 && interval.high >= 1) return "same";
  return ratio > 1 === (unit === "/s") ? "better" : "worse";
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
