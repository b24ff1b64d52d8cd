import { describe, expect, it } from "vitest";
import type {
  LoadRecord,
  TimelineRow,
} from "../../../../../src/runtime/contracts/load/load-record.js";
import {
  emptyLatencies,
  type RunLatencies,
} from "../../../../../src/runtime/load/measure/outcome.js";
import { chartData } from "../../../../../src/runtime/load/report/html/chart-data.js";
import { readInlined } from "../../../../../src/runtime/load/report/html/inlined.js";
import { htmlReport } from "../../../../../src/runtime/load/report/html/page.js";
import { percentileCurves } from "../../../../../src/runtime/load/report/html/percentile-curve.js";
import { sampleRecord } from "../sample-record.js";

const inlined = readInlined();
const names = new Map([["soup", "Soup <script>alert(1)</script>"]]);
const pageOf = (changes: Partial<LoadRecord> = {}) =>
  htmlReport({ record: sampleRecord(changes), latencies: measured(), names }, inlined);

/** A thousand ballots of 1 to 1,000 ms. */
function measured(ballots = 1_000): RunLatencies {
  const latencies = emptyLatencies();
  for (let ms = 1; ms <= ballots; ms++) latencies.acknowledge.record(ms);
  return latencies;
}

const row = (atMs: number, due: number, changes: Partial<TimelineRow> = {}): TimelineRow => {
  const pair = { p50: 1, p99: 20 };
  const latencyMs = { acknowledge: pair, visible: pair, scheduleLag: { p50: 0, p99: 2 } };
  return { atMs, due, sent: due, acknowledged: due, refused: 0, latencyMs, ...changes };
};

describe("htmlReport", () => {
  it("holds the verdict, every figure, and the command that runs it again", () => {
    const text = pageOf({ command: "vote load --rps 5", version: "9.8.7" });
    for (const figure of ["250,990/s", "2,384,500", "699", "seed 5", "9.8.7", "20.20.2"]) {
      expect(text).toContain(figure);
    }
    expect(text).toContain("generator = view = ledger = recount");
    expect(text).toContain("<pre>vote load --rps 5</pre>");
  });

  it("names nothing that would have to be fetched, and forbids it", () => {
    const text = pageOf();
    expect(text).toContain("default-src &#39;none&#39;");
    const withoutScripts = text.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    expect(withoutScripts).not.toMatch(/(src|href)=|url\(|https?:/);
  });

  it("lets nothing of others become part of the page", () => {
    const bad = "<script>alert(1)</script>";
    const text = pageOf({
      scenario: bad,
      election: bad,
      command: `vote load '${bad}'`,
      verdict: "fail",
      valid: false,
      invalidReasons: [bad],
      refusals: { [bad]: 1 },
      rejected: { [bad]: 1 },
      findings: [{ kind: "lost", detail: bad }],
      findingCount: 1,
      findingsFile: bad,
      streams: [
        {
          name: bad,
          via: "log",
          targetPerSecond: 1,
          sentPerSecond: 1,
          sent: 1,
          acknowledged: 1,
          refused: 0,
        },
      ],
      thresholds: [{ metric: "votes", expression: bad, measured: null, passed: false }],
    });
    expect(text).not.toContain(bad);
    expect(text.match(/<script/g)).toHaveLength(3);
    expect(text.split("&lt;script&gt;alert(1)&lt;/script&gt;").length).toBeGreaterThan(11);
  });
});

describe("htmlReport, of what was not measured", () => {
  const none = { p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, mean: 0 };

  it("says so, and shows neither zeros nor empty cards", () => {
    const { latencyMs } = sampleRecord();
    const text = pageOf({ latencyMs: { ...latencyMs, visible: none }, scheduleLagMs: none });
    expect(text.match(/not measured/g)?.length).toBeGreaterThanOrEqual(3);
    expect(text).not.toMatch(/>0\.00/);
    for (const title of ["Thresholds", "Refused ballots a second", "The generator&#39;s own lag"]) {
      expect(text).not.toContain(`<h2>${title}</h2>`);
    }
  });

  it("has a title that says what ran", () => {
    const via = { targetPerSecond: 1, sentPerSecond: 1, sent: 1, acknowledged: 1, refused: 0 };
    const streams = (["log", "http", "log"] as const).map((one) => ({
      name: one,
      via: one,
      ...via,
    }));
    expect(pageOf({ streams })).toContain(
      "<title>✓ demo: 251,000 votes a second for 10.0 s, via log and http, 2026-01-01T00:00:00Z",
    );
  });

  it("keeps other clients' votes apart", () => {
    expect(pageOf()).not.toContain("other clients");
    const text = pageOf({ foreign: 1_234 });
    expect(text).toContain("With the votes among the 1,234 ballots of other\nclients.");
    expect(text).toMatch(/other clients&#39;<\/th>.*not in the figures above/);
  });
});

describe("percentileCurves", () => {
  it("goes up to the percentile for which there are ballots", () => {
    const { oneIn, curves } = percentileCurves(measured());
    expect(curves.map(({ name }) => name)).toEqual(["acknowledged"]);
    expect(oneIn.at(-1)).toBeCloseTo(1_000);
    const at = (one: number) => curves[0].values[oneIn.findIndex((x) => Math.abs(x - one) < 1e-6)];
    expect(at(10)).toBeCloseTo(900, 0);
    expect(at(100)).toBeCloseTo(990, 0);
    expect(at(1_000)).toBeCloseTo(999, 0);
  });

  it("is empty where nothing was measured", () => {
    expect(percentileCurves(emptyLatencies()).curves).toEqual([]);
  });
});

describe("chartData", () => {
  const dataOf = (rows: TimelineRow[], sendingMs: number) => {
    const record = sampleRecord({ timeline: { everyMs: 1_000, rows }, sendingMs });
    const { charts, seconds } = chartData(record);
    const curve = (id: string, name: string) =>
      charts.find((one) => one.id === id)?.curves.find((one) => one.name === name)?.values;
    return { seconds, curve };
  };

  it("takes the last interval for the part that it is", () => {
    const { seconds, curve } = dataOf([row(0, 1_000), row(1_000, 500)], 1_500);
    expect(seconds).toEqual([0.5, 1.25]);
    expect(curve("rate", "due")).toEqual([1_000, 1_000]);
    expect(curve("rate", "acknowledged")).toEqual([1_000, 1_000]);
  });

  it("draws no cliff after the last ballot, but answers that come late", () => {
    const late = row(1_000, 3, { acknowledged: 400 });
    const few = row(2_000, 0, { acknowledged: 1 });
    const { curve } = dataOf([row(0, 1_000, { acknowledged: 600 }), late, few], 1_004);
    expect(curve("rate", "sent")).toEqual([1_000, null, null]);
    expect(curve("rate", "acknowledged")).toEqual([600, 400, 1]);
    expect(curve("latency", "visible p99")).toEqual([20, null, null]);
  });

  it("marks what was done to the system, when it was done", () => {
    const fault = { atSeconds: 3, action: "pause", role: "ingest", pid: 9 } as const;
    const startedAt = 1_767_225_600_000;
    const faults = [{ ...fault, forSeconds: 2, at: startedAt + 3_012 }];
    const { marks } = chartData(sampleRecord({ startedAt, faults }));
    expect(marks).toEqual([{ seconds: 3.012, label: "pause ingest, 2 s" }]);
  });

  it("leaves out what was not measured: a logarithm has no 0", () => {
    const { curve } = dataOf([row(0, 10)], 1_000);
    expect(curve("lag", "lag p50")).toBeUndefined();
    expect(curve("lag", "lag p99")).toEqual([2]);
  });
});
