import type { PartitionStatus } from "../../contracts/http/status.js";
import { type MetricDefinition, type Sample, seconds } from "./definition.js";

const labels = ["election", "partition"] as const;

/** Begin with 0, because Prometheus takes no first value for an increase. */
const noTrouble = { refused: 0, fenced: 0, failed: 0, "ledger-retry": 0, "view-retry": 0 };

/** One value a partition, of those for which it is known. */
function each(
  partitions: readonly PartitionStatus[],
  value: (partition: PartitionStatus) => number | null,
): readonly Sample[] {
  return partitions.flatMap((one) => {
    const known = value(one);
    const { election, partition } = one;
    return known === null ? [] : [{ value: known, labels: { election, partition } }];
  });
}

/** What a tally has besides; of the partitions that it holds now. */
export const tallyMetrics: readonly MetricDefinition<"tally">[] = [
  {
    name: "vote_tally_position",
    help: "Up to where the partition's log is decided, in records.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ position }) => position),
  },
  {
    name: "vote_tally_lag_records",
    help:
      "Records of the log, of many ballots each, that are not decided yet; absent while " +
      "the log's end is unknown.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ lagRecords }) => lagRecords),
  },
  {
    name: "vote_tally_lag_seconds",
    help: "How long the oldest record that is not decided has been waiting.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ lagSeconds }) => lagSeconds),
  },
  {
    name: "vote_tally_partition_halted",
    help: "1 while damage keeps the partition from going on.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ state }) => Number(state === "halted")),
  },
  {
    name: "vote_tally_partition_loading",
    help: "1 while the partition's chain is being read.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ state }) => Number(state === "loading")),
  },
  {
    name: "vote_tally_partition_sealed",
    help: "1 once everything up to the close marker is decided.",
    type: "gauge",
    labels,
    acrossProcesses: "max",
    read: ({ partitions }) => each(partitions, ({ sealed }) => Number(sealed)),
  },
  {
    name: "vote_tally_events_total",
    help:
      "What the tally reported, by name: `refused`, a frame that no trusted key has " +
      "signed; `fenced`, another tally was first; `ledger-retry`, `view-retry` and " +
      "`failed`, trouble with a store.",
    type: "counter",
    labels: ["event"],
    read: ({ eventCounts }) =>
      Object.entries({ ...noTrouble, ...eventCounts }).map(([event, value]) => ({
        value,
        labels: { event },
      })),
  },
  {
    name: "vote_tally_view_lag_seconds",
    help: "How long the oldest counts have been waiting for the view to take them.",
    type: "gauge",
    acrossProcesses: "max",
    read: ({ viewLagMs }) => seconds(viewLagMs),
  },
];
