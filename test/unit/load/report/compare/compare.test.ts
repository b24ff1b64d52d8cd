import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoadRecord } from "../../../../../src/runtime/contracts/load/load-record.js";
import { LatencyRecorder } from "../../../../../src/runtime/load/measure/latency.js";
import { Timeline } from "../../../../../src/runtime/load/measure/timeline.js";
import { comparisonWarnings } from "../../../../../src/runtime/load/report/compare/comparable.js";
import {
  type ComparedRun,
  compareRuns,
} from "../../../../../src/runtime/load/report/compare/compare.js";
import { comparisonText } from "../../../../../src/runtime/load/report/compare/comparison-text.js";
import { readRuns } from "../../../../../src/runtime/load/report/compare/read-runs.js";
import { sampleRecord } from "../sample-record.js";

interface Course {
  readonly seconds?: number;
  /** How much slower than 10 ms in the middle. */
  readonly factor?: number;
  /** How many of the ballots due were sent. */
  readonly sent?: number;
  readonly changes?: Partial<LoadRecord>;
}

const ballots = 400;

/** A run with latencies drawn from a log-normal distribution, each second's a little different. */
function runOf(seed: number, course: Course = {}): ComparedRun {
  const { seconds = 40, factor = 1, sent = 1, changes = {} } = course;
  const [numbers] = fc.sample(
    fc.array(fc.integer({ min: 1, max: 2 ** 30 }), {
      minLength: seconds * ballots,
      maxLength: seconds * ballots,
      size: "max",
    }),
    { seed, numRuns: 1 },
  );
  const uniform = numbers.map((number) => number / (2 ** 30 + 1));
  const recorder = new LatencyRecorder();
  const timeline = new Timeline(seconds * 1_000);
  uniform.forEach((one, index) => {
    const at = Math.floor(index / ballots) * 1_000;
    const other = uniform[(index * 7 + 3) % uniform.length];
    const normal = Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * other);
    const drift = Math.exp(0.15 * Math.sin(at * seed));
    const latencyMs = 10 * factor * drift * Math.exp(0.5 * normal);
    recorder.record(latencyMs);
    timeline.latency("acknowledge", at, latencyMs, 1);
    timeline.latency("visible", at, latencyMs * 3, 1);
    timeline.count("due", at, 1);
    timeline.count("sent", at, sent);
    timeline.count("acknowledged", at, sent);
  });
  const summary = recorder.summary();
  const rate = ballots * sent;
  const record = sampleRecord({
    timeline: { everyMs: 1_000, rows: timeline.rows() },
    sendingMs: seconds * 1_000,
    targetPerSecond: ballots,
    sentPerSecond: rate,
    acceptedPerSecond: rate,
    latencyMs: { acknowledge: summary, acknowledgeRaw: summary, visible: summary },
    ...changes,
  });
  return { file: `${seed}.json`, record };
}

const verdicts = (base: ComparedRun[], candidate: ComparedRun[]) => {
  const { metrics } = compareRuns(base, candidate, 0.05);
  return Object.fromEntries(metrics.map(({ metric, verdict }) => [metric, verdict]));
};

describe("compareRuns", () => {
  it("finds no change between a run and itself, nor between runs of the same system", () => {
    const self = compareRuns([runOf(1)], [runOf(1)], 0);
    expect(self.metrics.map(({ ratio }) => ratio)).toEqual(self.metrics.map(() => 1));
    expect(self.verdict).toBe("pass");
    for (let seed = 1; seed <= 10; seed++) {
      const { metrics } = compareRuns([runOf(seed)], [runOf(seed + 100)], 0.05);
      expect(metrics.filter(({ verdict }) => verdict !== "same")).toEqual([]);
    }
  });

  it("tells slower from faster", () => {
    const [one, slow] = [runOf(1), runOf(2, { factor: 1.5 })];
    expect(verdicts([one], [slow])).toMatchObject({
      "acknowledged p50": "worse",
      "acknowledged p99": "worse",
      sent: "same",
    });
    expect(compareRuns([one], [slow], 0.05).verdict).toBe("fail");
    expect(verdicts([slow], [one])).toMatchObject({ "acknowledged p50": "better" });
    expect(compareRuns([slow], [one], 0.05).verdict).toBe("pass");
    expect(compareRuns([one], [slow], 1).verdict).toBe("pass");
  });

  it("tells a rate that is not kept any more", () => {
    const found = verdicts([runOf(1)], [runOf(2, { sent: 0.8 })]);
    expect(found).toMatchObject({ sent: "worse", accepted: "worse" });
  });

  it("takes a single stall for what it may be: noise", () => {
    const calm = runOf(3);
    const { rows } = runOf(4).record.timeline;
    const stalled = rows.map((row, index) => {
      if (index !== 20) return row;
      return { ...row, latencyMs: { ...row.latencyMs, acknowledge: { p50: 900, p99: 2_000 } } };
    });
    const summary = { ...calm.record.latencyMs.acknowledge, p99: 900 };
    const once = runOf(4, {
      changes: {
        timeline: { everyMs: 1_000, rows: stalled },
        latencyMs: { ...calm.record.latencyMs, acknowledge: summary },
      },
    });
    expect(verdicts([calm], [once])).toMatchObject({ "acknowledged p99": "same" });
  });

  it("takes runs of a side together, and what varies between them for noise", () => {
    const base = [runOf(1), runOf(2), runOf(3)];
    const apart = [runOf(4, { factor: 0.7 }), runOf(5), runOf(6, { factor: 1.6 })];
    const wide = compareRuns(base, apart, 0.05).metrics[2].interval!;
    const narrow = compareRuns(base, [runOf(4), runOf(5), runOf(6)], 0.05).metrics[2].interval!;
    expect(wide.high - wide.low).toBeGreaterThan(2 * (narrow.high - narrow.low));
    const slow = [7, 8, 9].map((seed) => runOf(seed, { factor: 1.6 }));
    expect(verdicts(base, slow)).toMatchObject({ "acknowledged p50": "worse" });
  });

  it("does not judge what is too short, or was not measured", () => {
    const short = verdicts([runOf(1)], [runOf(2, { seconds: 4, factor: 3 })]);
    expect(short).toMatchObject({ "acknowledged p99": "unclear", sent: "same" });
    const none = { p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, mean: 0 };
    const base = runOf(1).record.latencyMs;
    const unseen = runOf(2, { changes: { latencyMs: { ...base, visible: none } } });
    const { metrics } = compareRuns([runOf(1)], [unseen], 0.05);
    const visible = metrics.find(({ metric }) => metric === "visible p99");
    expect(visible).toMatchObject({ ratio: null, interval: null, verdict: "unclear" });
  });

  it("gives the same answer each time", () => {
    const twice = [1, 2].map(() => compareRuns([runOf(1)], [runOf(2)], 0.05));
    expect(twice[0]).toEqual(twice[1]);
  });
});

describe("comparisonWarnings", () => {
  it("has none for runs of the same kind", () => {
    expect(comparisonWarnings([runOf(1)], [runOf(2), runOf(3)])).toEqual([]);
  });

  it("names what differs, and what is no measurement", () => {
    const other = runOf(2, {
      changes: {
        scenario: "spike",
        engine: "cluster",
        host: { cores: 64, memoryGiB: 24, node: "20.20.2", os: "Linux" },
        valid: false,
        invalidReasons: ["The generator was busy."],
        reconciled: false,
        interrupted: true,
      },
    });
    expect(comparisonWarnings([runOf(1)], [other])).toEqual([
      "Not the same scenario: demo; spike.",
      "Not the same engine: embedded; cluster.",
      expect.stringMatching(/^Not the same host: 2 cores.*; 64 cores/),
      "2.json is not valid as a measurement. The generator was busy.",
      "2.json does not reconcile.",
      "2.json was cut short.",
    ]);
  });
});

describe("comparisonText", () => {
  it("shows the verdict, the files, what to mind, and each figure, in 80 columns", () => {
    const warnings = ["Not the same scenario: demo; spike."];
    const slow = runOf(2, { factor: 1.5 });
    const compared = compareRuns([runOf(1)], [slow], 0.05, warnings);
    const text = stripVTControlCharacters(comparisonText(compared));
    expect(text).toMatch(/^✗ fail {2}beyond noise and 5 %: \d worse\n/);
    expect(text).toMatch(/base +1\.json\n +candidate +2\.json\n +! Not the same scenario/);
    expect(text).toMatch(/sent +400\/s +400\/s +1\.000 +1\.00 to 1\.00 += same\n/);
    expect(text).toMatch(/acknowledged p50 .* 1\.\d{3} +1\.\d\d to 1\.\d\d +✗ worse\n/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("readRuns", () => {
  it("reads records, and says which file is none", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vote-compare-"));
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const good = await file("good.json", JSON.stringify(sampleRecord()));
    const runs = await readRuns(`${good},${good}`);
    expect(runs).toEqual([1, 2].map(() => ({ file: good, record: sampleRecord() })));
    const { timeline: _timeline, ...part } = sampleRecord();
    for (const [path, reason] of [
      [join(folder, "none.json"), /none\.json cannot be read/],
      [await file("text.json", "{"), /text\.json is not JSON/],
      [await file("null.json", "null"), /null\.json is no record.*it is not a group of fields/],
      [await file("part.json", JSON.stringify(part)), /part\.json is .*timeline is missing/],
      [
        await file("deep.json", JSON.stringify({ ...sampleRecord(), host: { cores: 2 } })),
        /deep\.json is no record of a load run: host\.memoryGiB is missing/,
      ],
      [",", /names no file/],
    ] as const) {
      const expected = { code: "invalid-usage", message: expect.stringMatching(reason) };
      await expect(readRuns(path)).rejects.toMatchObject(expected);
    }
    await rm(folder, { recursive: true });
  });
});
