import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hdr from "hdr-histogram-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { emptyLatencies } from "../../../../src/runtime/load/measure/outcome.js";
import {
  parseReportTarget,
  ReportFiles,
} from "../../../../src/runtime/load/report/files/report-files.js";
import { sampleRecord } from "./sample-record.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vote-report-"));
});
afterEach(() => rm(folder, { recursive: true }));

const latencies = emptyLatencies();
for (let ms = 1; ms <= 1_000; ms++) latencies.acknowledge.record(ms, ms);
latencies.visible.record(12.5, 3);

const input = { record: sampleRecord(), latencies, names: new Map([["soup", "Soup"]]) };
const target = (format: "json" | "hdr" | "html", name: string) => ({
  format,
  path: join(folder, name),
});

describe("parseReportTarget", () => {
  it("takes the file's name as it is", () => {
    expect(parseReportTarget("html=a=b.html")).toEqual({ format: "html", path: "a=b.html" });
  });

  it.each(["report.html", "pdf=a.pdf", "json=", "=a", ""])("refuses %j", (text) => {
    expect(() => parseReportTarget(text)).toThrow(VoteError);
  });
});

describe("ReportFiles", () => {
  it("writes each report whole, and nothing beside them", async () => {
    const targets = [target("json", "a.json"), target("hdr", "a.hlog"), target("html", "a.html")];
    const files = await ReportFiles.open(targets);
    await files.write(input);
    await files.close();
    expect((await readdir(folder)).sort()).toEqual(["a.hlog", "a.html", "a.json"]);
    const record: unknown = JSON.parse(await readFile(join(folder, "a.json"), "utf8"));
    expect(record).toEqual(input.record);
    expect(await readFile(join(folder, "a.html"), "utf8")).toMatch(/^<!doctype html>/);
  });

  it("writes an HdrHistogram log that a reader of such logs reads", async () => {
    const files = await ReportFiles.open([target("hdr", "a.hlog")]);
    await files.write(input);
    const text = await readFile(join(folder, "a.hlog"), "utf8");
    expect(hdr.listTags(text)).toEqual([
      "acknowledged",
      "acknowledged_raw",
      "visible",
      "schedule_lag",
    ]);
    const reader = new hdr.HistogramLogReader(text, 64);
    const [acknowledged, raw, visible] = [1, 2, 3].map(() => reader.nextIntervalHistogram());
    expect(acknowledged).toMatchObject({ tag: "acknowledged", totalCount: 500_500 });
    for (const percentile of [1, 50, 99, 99.9]) {
      const expected = latencies.acknowledge.percentile(percentile);
      const read = (acknowledged as hdr.Histogram).getValueAtPercentile(percentile) / 1_000;
      expect(Math.abs(read - expected)).toBeLessThanOrEqual(expected * 0.002);
    }
    expect(raw).toMatchObject({ tag: "acknowledged_raw", totalCount: 0 });
    expect(visible).toMatchObject({ tag: "visible", totalCount: 3 });
  });

  it("leaves a file as it was, and no other, when a run comes to nothing", async () => {
    await writeFile(join(folder, "a.json"), "before");
    const files = await ReportFiles.open([target("json", "a.json"), target("html", "b.html")]);
    await files.close();
    expect(await readdir(folder)).toEqual(["a.json"]);
    expect(await readFile(join(folder, "a.json"), "utf8")).toBe("before");
  });

  it("refuses a path that cannot be written, and leaves nothing", async () => {
    await mkdir(join(folder, "taken"));
    const good = target("json", "a.json");
    for (const bad of [target("html", "taken"), target("hdr", "nowhere/a.hlog")]) {
      const opening = ReportFiles.open([good, bad]);
      await expect(opening).rejects.toMatchObject({ code: "invalid-usage" });
    }
    expect(await readdir(folder)).toEqual(["taken"]);
  });
});
