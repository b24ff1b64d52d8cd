import { type ErrorCode, errorCatalogue } from "../../core/errors.js";
import { programVersion } from "../../telemetry/program.js";
import { type MetricDefinition, seconds, single } from "./definition.js";

/** What every role has. */
export const commonMetrics: readonly MetricDefinition[] = [
  {
    name: "vote_build_info",
    help: "The program that runs; always 1.",
    type: "gauge",
    labels: ["role", "version", "node"],
    acrossProcesses: "max",
    read: ({ role }) => {
      const { version } = programVersion();
      return [{ value: 1, labels: { role, version, node: process.versions.node } }];
    },
  },
  {
    name: "vote_draining",
    help: "1 while the process shuts down and takes no new work.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ draining }) => single(Number(draining)),
  },
  {
    name: "vote_clock_error_seconds",
    help:
      "The least by which this machine's clock is ahead of the registry's, or behind it " +
      "if negative; absent while it is unknown.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ clockErrorMs }) => seconds(clockErrorMs),
  },
  {
    name: "vote_refusals_total",
    help: "Requests and lines of batches that were refused, by error code and HTTP status.",
    type: "counter",
    labels: ["code", "status"],
    read: ({ refused }) =>
      Object.entries(refused).map(([code, value]) => ({
        value,
        labels: { code, status: errorCatalogue[code as ErrorCode]?.status ?? 500 },
      })),
  },
  {
    name: "vote_disk_free_bytes",
    help: "Left on the disk that the role keeps files on; absent if it keeps none.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ diskFreeBytes }) => single(diskFreeBytes),
  },
  {
    name: "vote_disk_size_bytes",
    help: "The size of that disk.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ diskBytes }) => single(diskBytes),
  },
  {
    name: "vote_store_unreachable",
    help:
      "1 while a store that the role needs does not answer; absent while there is nothing " +
      "to ask it for.",
    type: "gauge",
    labels: ["part", "store"],
    acrossProcesses: "max",
    read: ({ stores }) =>
      stores.flatMap(({ part, store, reachable }) =>
        reachable === null ? [] : [{ value: Number(!reachable), labels: { part, store } }],
      ),
  },
  {
    name: "vote_store_latency_seconds",
    help: "How long the store took for its last answer to the role's check.",
    type: "gauge",
    labels: ["part", "store"],
    acrossProcesses: "max",
    read: ({ stores }) =>
      stores.flatMap(({ part, store, latencyMs }) =>
        latencyMs === null ? [] : [{ value: latencyMs / 1_000, labels: { part, store } }],
      ),
  },
];
