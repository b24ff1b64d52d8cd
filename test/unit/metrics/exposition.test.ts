import { readFileSync } from "node:fs";
import { AggregatorRegistry } from "prom-client";
import { describe, expect, it } from "vitest";
import type { RoleName, RoleStatus } from "../../../src/runtime/contracts/http/status.js";
import { durationMetrics, metricsOf } from "../../../src/runtime/metrics/catalogue.js";
import { registryOf } from "../../../src/runtime/metrics/exposition.js";
import { DurationHistogram } from "../../../src/runtime/telemetry/duration-histogram.js";

const common: Omit<RoleStatus<"admin">, "role"> = {
  ...{ pid: 7, startedAt: 1, at: 2, draining: false, clockErrorMs: null },
  ...{ refused: {}, cpuSeconds: 1, memoryBytes: 1, diskFreeBytes: null, diskBytes: null },
  stores: [],
};

const tally: RoleStatus<"tally"> = {
  ...common,
  role: "tally",
  ...{ partitions: [], commits: 0, commitMs: null, eventCounts: {}, viewLagMs: 1_500, events: [] },
};

/** The lines of one metric, without its help and type. */
async function linesOf(
  name: string,
  ...[role, status, durations = {}]: Partial<Parameters<typeof registryOf>>
): Promise<string[]> {
  if (role === undefined || status === undefined) throw new Error("no status");
  const text = await registryOf(role, status, durations).metrics();
  expect(text).toContain(`# TYPE ${name} `);
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe("what Prometheus reads", () => {
  it("says nothing of what is not known, which is not taken for 0", async () => {
    expect(await linesOf("vote_clock_error_seconds", "tally", tally)).toEqual([]);
    const known = { ...tally, clockErrorMs: -2_500 };
    expect(await linesOf("vote_clock_error_seconds", "tally", known)).toEqual([
      "vote_clock_error_seconds -2.5",
    ]);
    expect(await linesOf("vote_tally_view_lag_seconds", "tally", tally)).toEqual([
      "vote_tally_view_lag_seconds 1.5",
    ]);
  });

  it("tells partitions apart, and forgets those that are handed over", async () => {
    const partition = {
      ...{ election: "e", partition: 3, position: 70, sealed: false, halted: "" },
      ...{ state: "halted" as const, end: 80, lagRecords: 10, lagSeconds: 2.5 },
    };
    const unknown = { ...partition, partition: 4, end: null, lagRecords: null, lagSeconds: null };
    const busy = { ...tally, partitions: [partition, unknown] };
    expect(await linesOf("vote_tally_lag_records", "tally", busy)).toEqual([
      'vote_tally_lag_records{election="e",partition="3"} 10',
    ]);
    expect(await linesOf("vote_tally_partition_halted", "tally", busy)).toHaveLength(2);
    expect(await linesOf("vote_tally_lag_records", "tally", tally)).toEqual([]);
  });

  it("tells of several processes the slowest event loop, not the average", async () => {
    const metrics = await registryOf("tally", tally, {}).getMetricsAsJSON();
    const name = "nodejs_eventloop_lag_p99_seconds";
    const lag = metrics.filter((metric) => metric.name === name);
    const ofProcess = (value: number) =>
      lag.map((metric) => ({ ...metric, values: [{ value, labels: {} }] }));
    const all = AggregatorRegistry.aggregate([ofProcess(0.02), ofProcess(0.9), ofProcess(0.03)]);
    expect(await all.metrics()).toContain(`\n${name} 0.9\n`);
  });

  it("names a refusal's HTTP status with its code", async () => {
    const refused = { "clock-error": 2, "invalid-ballot": 9 };
    const admin: RoleStatus<"admin"> = { ...common, role: "admin", refused };
    expect(await linesOf("vote_refusals_total", "admin", admin)).toEqual([
      'vote_refusals_total{code="clock-error",status="503"} 2',
      'vote_refusals_total{code="invalid-ballot",status="422"} 9',
    ]);
  });

  it("begins to count trouble with 0, without which an alert would miss the first", async () => {
    const one = { ...tally, eventCounts: { fenced: 1, sealed: 2 } };
    expect((await linesOf("vote_tally_events_total", "tally", one)).sort()).toEqual([
      'vote_tally_events_total{event="failed"} 0',
      'vote_tally_events_total{event="fenced"} 1',
      'vote_tally_events_total{event="ledger-retry"} 0',
      'vote_tally_events_total{event="refused"} 0',
      'vote_tally_events_total{event="sealed"} 2',
      'vote_tally_events_total{event="view-retry"} 0',
    ]);
  });

  it("counts durations in cumulative buckets, the bound included", async () => {
    const commit = new DurationHistogram();
    for (const tookMs of [0.4, 1, 1.1, 30_000]) commit.add(tookMs);
    const { name } = durationMetrics.commit;
    expect(await linesOf(name, "tally", tally, { commit })).toEqual(
      expect.arrayContaining([
        `${name}_bucket{le="0.001"} 2`,
        `${name}_bucket{le="0.0025"} 3`,
        `${name}_bucket{le="10"} 3`,
        `${name}_bucket{le="+Inf"} 4`,
        `${name}_sum 30.0025`,
        `${name}_count 4`,
      ]),
    );
  });

  it("never has a label for who voted, how, or from where", () => {
    const labels = Object.values(metricsOf).flatMap((all) =>
      all.flatMap(({ labels: some = [] }) => some),
    );
    expect([...new Set(labels)].sort()).toEqual([
      ...["code", "election", "event", "gateway", "issuer", "node", "part", "partition"],
      ...["role", "state", "status", "store", "transport", "version"],
    ]);
  });
});

/** As the formatter leaves a table's cells, whatever their widths. */
const cellsOf = (line: string) => line.split("|").map((cell) => cell.trim());

describe("docs/how-to/metrics.md", () => {
  it("has every metric in its table, with its roles, type, labels and help, and no other", () => {
    const page = readFileSync(new URL("../../../docs/how-to/metrics.md", import.meta.url), "utf8");
    const roles = Object.keys(metricsOf) as RoleName[];
    const read = new Map(roles.flatMap((role) => metricsOf[role]).map((one) => [one.name, one]));
    const rows = [...read.values()].map(({ name, type, labels = [], help }) => {
      const of = roles.filter((role) => metricsOf[role].some((one) => one.name === name));
      const who = of.length === roles.length ? "all" : of.join(", ");
      return [`\`${name}\``, who, type, labels.map((label) => `\`${label}\``).join(", "), help];
    });
    const counted = Object.values(durationMetrics).map(({ name, role, help }) => {
      return [`\`${name}\``, role, "histogram", "", help];
    });
    const written = page.split("\n").filter((line) => line.startsWith("| `vote_"));
    expect(written.map(cellsOf)).toEqual([...rows, ...counted].map((cells) => ["", ...cells, ""]));
  });
});
