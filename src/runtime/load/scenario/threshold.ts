import {
  ballotCounters,
  type LatencyUnit,
  type Method,
  type Metric,
  type Operator,
  rateMethods,
  type TrendMetric,
  trendMethods,
  trendMetrics,
  unitsMs,
} from "../../contracts/load/scenario-thresholds.js";

/** A bound that a run has to hold, as k6 writes it: `p(99)<250ms`, `rate>=250000`, `lost==0`. */
export interface Threshold {
  readonly metric: Metric;
  readonly method: Method;
  /** 0 to 100; for the method `p` only. */
  readonly percentile?: number;
  readonly operator: Operator;
  /** As it was written, in `unit`. */
  readonly value: number;
  /** For latencies only, if one was written. */
  readonly unit?: LatencyUnit;
}

/** Whether a metric is a latency. */
export function isTrend(metric: Metric): metric is TrendMetric {
  return (trendMetrics as readonly string[]).includes(metric);
}

/** The methods that a metric can be measured by. */
export function methodsOf(metric: Metric): readonly Method[] {
  if (isTrend(metric)) return trendMethods;
  return metric === "ballots" ? ballotCounters : rateMethods;
}

/** The threshold as text without its metric; `parseThreshold` reads it back. */
export function printExpression(threshold: Threshold): string {
  const { operator, value, unit = "" } = threshold;
  return `${methodText(threshold)}${operator}${value}${unit}`;
}

/** The bound in the unit that metrics are measured in: milliseconds, votes a second or ballots. */
export function boundOf({ value, unit = "ms" }: Threshold): number {
  return value * unitsMs[unit];
}

/** Whether what was measured is within the bound. */
export function holds(operator: Operator, measured: number, bound: number): boolean {
  switch (operator) {
    case "<":
      return measured < bound;
    case "<=":
      return measured <= bound;
    case ">":
      return measured > bound;
    case ">=":
      return measured >= bound;
    case "==":
      return measured === bound;
    case "!=":
      return measured !== bound;
  }
}

/** Both lists together; where they share metric and method, the one in `others` replaces it. */
export function withThresholds(
  thresholds: readonly Threshold[],
  others: readonly Threshold[],
): Threshold[] {
  const subject = (one: Threshold) => `${one.metric}: ${methodText(one)}`;
  const replaced = new Set(others.map(subject));
  return [...thresholds.filter((one) => !replaced.has(subject(one))), ...others];
}

function methodText({ method, percentile }: Threshold): string {
  return percentile === undefined ? method : `${method}(${percentile})`;
}
