/** Latencies of a run; `acknowledged_raw` counts from the real send time. */
export const trendMetrics = [
  "acknowledged",
  "acknowledged_raw",
  "visible",
  "schedule_lag",
] as const;
export type TrendMetric = (typeof trendMetrics)[number];

/** Different ballots over time: sent, and answered as durable. */
export const rateMetrics = ["votes", "accepted"] as const;
export type RateMetric = (typeof rateMetrics)[number];

/** What became of the ballots. */
export const ballotCounters = [
  "lost",
  "double",
  "invented",
  "unsent",
  "refused",
  "unknown",
] as const;
export type BallotCounter = (typeof ballotCounters)[number];

export const metrics = [...trendMetrics, ...rateMetrics, "ballots"] as const;
export type Metric = (typeof metrics)[number];

export const trendMethods = ["p", "avg", "min", "med", "max"] as const;
export const rateMethods = ["rate", "count"] as const;
export type Method = (typeof trendMethods)[number] | (typeof rateMethods)[number] | BallotCounter;

/** The longer ones first, so that a scan finds them. */
export const operators = ["<=", ">=", "==", "!=", "<", ">"] as const;
export type Operator = (typeof operators)[number];

/** Each unit of a latency in milliseconds; without one it is milliseconds. */
export const unitsMs = { us: 0.001, ms: 1, s: 1_000 } as const;
export type LatencyUnit = keyof typeof unitsMs;

/** A bound that a run has to hold, as k6 writes it: `p(99)<250ms`, `rate>=250000`, `lost==0`. */
export interface Threshold {
  readonly metric: Metric;
  readonly method: Method;
  /** Of the method `p`: 0 to 100. */
  readonly percentile?: number;
  readonly operator: Operator;
  /** As it was written, in `unit`. */
  readonly value: number;
  /** Of latencies, if one was written. */
  readonly unit?: LatencyUnit;
}

export function isTrend(metric: Metric): metric is TrendMetric {
  return (trendMetrics as readonly string[]).includes(metric);
}

/** What may be said of a metric. */
export function methodsOf(metric: Metric): readonly Method[] {
  if (isTrend(metric)) return trendMethods;
  return metric === "ballots" ? ballotCounters : rateMethods;
}

/** Without the metric; `parseThreshold` reads it back. */
export function printExpression(threshold: Threshold): string {
  const { operator, value, unit = "" } = threshold;
  return `${methodText(threshold)}${operator}${value}${unit}`;
}

/** With the metric; `parseThreshold` reads it back. */
export function printThreshold(threshold: Threshold): string {
  return `${threshold.metric}: ${printExpression(threshold)}`;
}

/** In the unit in which metrics are measured: milliseconds, votes a second, ballots. */
export function boundOf({ value, unit = "ms" }: Threshold): number {
  return value * unitsMs[unit];
}

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

/** All of them; a later one of the same metric and method stands in for an earlier one. */
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
