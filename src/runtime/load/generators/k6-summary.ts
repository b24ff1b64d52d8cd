import type { GeneratorReport } from "../../contracts/load/generator-facts.js";
import { boundOf, printExpression, type Threshold } from "../scenario/threshold.js";

/** The k6 metric nearest to our latency until the acknowledgement. */
const durationMetric = "http_req_duration";

/**
 * The thresholds that k6 can judge by its own measurements, by k6 metric. We judge all thresholds
 * after the run: k6 knows neither what became visible nor what was counted.
 */
export function k6Thresholds(thresholds: readonly Threshold[]): Record<string, string[]> {
  const latencies = thresholds.filter(({ metric }) => metric.startsWith("acknowledged"));
  if (latencies.length === 0) return {};
  const expressions = latencies.map((threshold) => {
    const { unit: _, ...inMilliseconds } = { ...threshold, value: boundOf(threshold) };
    return printExpression(inMilliseconds);
  });
  return { [durationMetric]: [...new Set(expressions)] };
}

interface K6Metric {
  readonly values?: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/**
 * Reads k6's own summary of the run.
 *
 * @param summary the JSON that the script's handleSummary prints
 * @returns undefined if k6 ended before it printed one
 */
export function k6Report(summary: string, version: string): GeneratorReport | undefined {
  const metrics = metricsOf(summary);
  if (metrics === undefined) return undefined;
  const value = (metric: string, name: string) => metrics[metric]?.values?.[name] ?? 0;
  const latency = (name: string) => Math.round(value(durationMetric, name) * 1_000) / 1_000;
  return {
    version,
    requests: value("http_reqs", "count"),
    requestsPerSecond: Math.round(value("http_reqs", "rate")),
    // This rate "passes" where a request failed.
    failed: value("http_req_failed", "passes"),
    dropped: value("dropped_iterations", "count"),
    latencyMs: {
      p50: latency("med"),
      p90: latency("p(90)"),
      p95: latency("p(95)"),
      p99: latency("p(99)"),
      p999: latency("p(99.9)"),
      max: latency("max"),
    },
    thresholds: Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
      Object.entries(thresholds).map(([expression, { ok }]) => ({
        expression: `${metric}: ${expression}`,
        passed: ok,
      })),
    ),
  };
}

function metricsOf(summary: string): Readonly<Record<string, K6Metric>> | undefined {
  try {
    const { metrics } = JSON.parse(summary) as { metrics?: Readonly<Record<string, K6Metric>> };
    return metrics;
  } catch {
    return undefined;
  }
}
