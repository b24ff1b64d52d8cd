import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type Histogram,
  type PrometheusContentType,
  Registry,
} from "prom-client";
import type { RoleName, RoleStatus } from "../contracts/http/status.js";
import { bucketBoundsSeconds, type DurationHistogram } from "../telemetry/duration-histogram.js";
import { type DurationName, type Durations, durationMetrics, metricsOf } from "./catalogue.js";
import type { MetricDefinition } from "./definitions/definition.js";

/** Duplicates of what the library also says by type, named as no gauge should be. */
const unwanted = ["handles", "requests", "resources"].map((one) => `nodejs_active_${one}_total`);

const slowest = "nodejs_eventloop_lag_p99_seconds";

/** Processor, memory, descriptors, event-loop delay and garbage collection of this process. */
let ofProcess: Registry | undefined;

function processMetrics(): Registry {
  if (ofProcess !== undefined) return ofProcess;
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const name of unwanted) register.removeSingleMetric(name);
  // Of several processes, the library would tell the average: one that is slow is not seen in it.
  Object.assign(register.getSingleMetric(slowest) ?? {}, { aggregator: "max" });
  ofProcess = register;
  return register;
}

/** A role's metrics at one time. */
export type Metrics = Registry<PrometheusContentType>;

/**
 * A role's metrics as they are now. They come from one reading of its status, so that a partition
 * that it no longer holds leaves nothing behind.
 */
export function registryOf<Role extends RoleName>(
  role: Role,
  status: RoleStatus<Role>,
  durations: Durations,
): Metrics {
  const registry = new Registry();
  const definitions: readonly MetricDefinition<Role>[] = metricsOf[role];
  for (const definition of definitions) addReading(registry, definition, status);
  for (const [name, histogram] of Object.entries(durations)) {
    addHistogram(registry, durationMetrics[name as DurationName], histogram);
  }
  return Registry.merge([registry, processMetrics()]);
}

function addReading<Role extends RoleName>(
  registry: Registry,
  { name, help, type, labels = [], acrossProcesses = "sum", read }: MetricDefinition<Role>,
  status: RoleStatus<Role>,
): void {
  const registers = [registry];
  const options = { name, help, labelNames: labels, aggregator: acrossProcesses, registers };
  const metric = type === "counter" ? new Counter(options) : new Gauge(options);
  // The library begins what has no labels with 0, which may say more than is known.
  if (labels.length === 0) metric.remove({});
  for (const { value, labels: values = {} } of read(status)) metric.inc(values, value);
}

function addHistogram(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
  { counts, sumSeconds }: DurationHistogram,
): void {
  let total = 0;
  const buckets = [...bucketBoundsSeconds, "+Inf"].map((le, index) => {
    total += counts[index];
    return { metricName: `${name}_bucket`, labels: { le }, value: total };
  });
  const sum = { metricName: `${name}_sum`, labels: {}, value: sumSeconds };
  const count = { metricName: `${name}_count`, labels: {}, value: total };
  const values = [...buckets, sum, count];
  const metric = { name, help, type: "histogram", aggregator: "sum", values };
  // The library's own histogram takes single observations only; a registry asks no more than `get`.
  registry.registerMetric({ ...metric, get: async () => metric } as unknown as Histogram);
}
