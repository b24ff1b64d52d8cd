import type { LoadRecord } from "../../../contracts/load/load-record.js";
import type { RunLatencies } from "../../measure/outcome.js";

/**
 * A run's latencies as an HdrHistogram log (version 1.3): a line for each kind of latency, with its
 * tag, values in microseconds. It keeps the whole histograms, and every HdrHistogram library and
 * log analyser reads it.
 */
export function histogramLog(
  {
    startedAt,
    durationMs,
    scenario,
    seed,
  }: Pick<LoadRecord, "startedAt" | "durationMs" | "scenario" | "seed">,
  latencies: RunLatencies,
): string {
  const tagged = [
    ["acknowledged", latencies.acknowledge],
    ["acknowledged_raw", latencies.acknowledgeRaw],
    ["visible", latencies.visible],
    ["schedule_lag", latencies.scheduleLag],
  ] as const;
  const seconds = (ms: number) => (ms / 1_000).toFixed(3);
  const when = new Date(startedAt).toISOString();
  const lines = tagged.map(([tag, recorder]) => {
    const { maxMs, histogram } = recorder.pack();
    return `Tag=${tag},0.000,${seconds(durationMs)},${maxMs.toFixed(3)},${histogram}`;
  });
  return [
    `#[vote load: ${scenario.replace(/\s+/g, " ")}, seed ${seed}; values in microseconds]`,
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${seconds(startedAt)} (seconds since epoch), ${when}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...lines,
    "",
  ].join("\n");
}
