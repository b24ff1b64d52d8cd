import type { ThresholdOutcome } from "../../contracts/load/load-record.js";
import type {
  BallotCounter,
  RateMetric,
  TrendMetric,
} from "../../contracts/load/scenario-thresholds.js";
import type { LatencyRecorder } from "../measure/latency.js";
import type { RunLatencies } from "../measure/outcome.js";
import { boundOf, holds, isTrend, printExpression, type Threshold } from "../scenario/threshold.js";

/** What is known of a run when its thresholds are checked. */
export interface Measures {
  readonly latencies: RunLatencies;
  readonly rates: Readonly<Record<RateMetric, { readonly count: number; readonly rate: number }>>;
  /** While a run is going, without the counts that only the reconciliation knows. */
  readonly ballots: Readonly<Partial<Record<BallotCounter, number>>>;
}

/** What was measured for each threshold, and whether it holds. */
export function checkThresholds(
  thresholds: readonly Threshold[],
  measures: Measures,
): ThresholdOutcome[] {
  return thresholds.map((threshold) => {
    const measured = measure(threshold, measures);
    return {
      metric: threshold.metric,
      expression: printExpression(threshold),
      measured,
      passed: measured !== null && holds(threshold.operator, measured, boundOf(threshold)),
    };
  });
}

/** What a threshold is about, in its metric's unit; null when there was nothing to measure. */
function measure(threshold: Threshold, measures: Measures): number | null {
  const { metric, method } = threshold;
  if (isTrend(metric)) return ofTrend(threshold, recorderOf(metric, measures.latencies));
  if (metric === "ballots") return measures.ballots[method as BallotCounter] ?? null;
  return measures.rates[metric][method as "count" | "rate"];
}

function recorderOf(metric: TrendMetric, latencies: RunLatencies): LatencyRecorder {
  const recorders = {
    acknowledged: latencies.acknowledge,
    acknowledged_raw: latencies.acknowledgeRaw,
    visible: latencies.visible,
    schedule_lag: latencies.scheduleLag,
  } satisfies Record<TrendMetric, LatencyRecorder>;
  return recorders[metric];
}

function ofTrend({ method, percentile = 50 }: Threshold, recorder: LatencyRecorder): number | null {
  if (recorder.count === 0) return null;
  const { mean, max } = recorder.summary();
  if (method === "avg") return mean;
  if (method === "max") return max;
  // Compared as it is shown: to the microsecond.
  return Math.round(recorder.percentile(method === "min" ? 0 : percentile) * 1_000) / 1_000;
}
