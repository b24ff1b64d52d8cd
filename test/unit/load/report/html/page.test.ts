import { describe, expect, it } from "vitest";
import type {
  LoadRecord,
  TimelineRow,
} from "../../../../../src/runtime/contracts/load/load-record.js";
import { chartData } from "../../../../../src/runtime/load/report/html/chart-data.js";
import { readInlined } from "../../../../../src/runtime/load/report/html/inlined.js";
import { htmlReport } from "../../../../../src/runtime/load/report/html/page.js";
import { sampleRecord } from "../sample-record.js";

const inlined = readInlined();
const names = new Map([["soup", "Soup <script>alert(1)</script>"]]);
const pageOf = (changes: Partial<LoadRecord> = {}) =>
  htmlReport(sampleRecord(changes), names, inlined);

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
    expect(curve("lag", "lag p50")).toEqual([null]);
    expect(curve("lag", "lag p99")).toEqual([2]);
  });
});
