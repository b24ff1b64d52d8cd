import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import {
  defaultScenario,
  overrideScenario,
} from "../../../../src/runtime/load/scenario/override.js";
import { parseScenario } from "../../../../src/runtime/load/scenario/scenario.js";
import { readScenario } from "../../../../src/runtime/load/scenario/scenario-file.js";

const good = {
  name: "lunch",
  durationSeconds: 2,
  via: "log",
  votesPerSecond: 1_000,
  streams: [{ name: "web", via: "http", votesPerSecond: 10 }],
  candidates: [{ id: "soup", weight: 3 }],
  voters: 3_000,
  secondVoteShare: 0.05,
  thresholds: { visible: "p(99)<500ms", ballots: ["lost==0", "double==0"] },
};
const folder = join(import.meta.dirname, "../../../../scenarios");

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    expect(error.code).toBe("invalid-scenario");
    return `${error.message} ${error.hint}`;
  }
  return "not refused";
}

describe("parseScenario", () => {
  it("reads all of it and fills in what is left out", () => {
    const scenario = parseScenario(good, "lunch.yaml");
    expect(scenario).toMatchObject({
      name: "lunch",
      seed: undefined,
      partitions: undefined,
      retryShare: 0,
      streams: [
        { name: "main", via: "log", votesPerSecond: 1_000 },
        { name: "web", via: "http", votesPerSecond: 10 },
      ],
      candidates: [{ id: "soup", name: "soup", weight: 3 }],
      thresholds: [
        { metric: "visible", method: "p", percentile: 99, operator: "<", value: 500, unit: "ms" },
        { metric: "ballots", method: "lost", operator: "==", value: 0 },
        { metric: "ballots", method: "double", operator: "==", value: 0 },
      ],
    });
  });

  it.each([
    [{ votesPerSecond: "fast" }, /lunch\.yaml: votesPerSecond is "fast".*numbers from/],
    [{ votesPerSecond: undefined }, /votesPerSecond is missing.*numbers from/],
    [{ durationSeconds: 0 }, /durationSeconds is 0.*from 0\.1/],
    [{ via: "pigeon" }, /via is "pigeon".*log, http, http-batch/],
    [{ vja: 1 }, /vja is not known.*name/],
    [{ name: " " }, /name is " "/],
    [{ secondVoteShare: 1 }, /secondVoteShare is 1.*from 0 to 0\.9/],
    [{ seed: 1.5 }, /seed is 1\.5.*whole numbers/],
    [{ streams: [{ name: "Web!" }] }, /streams\[0\]\.name is "Web!"/],
    [{ streams: {} }, /streams is \{\}.*a list of 1 to 16/],
    [{ streams: [{ name: "main", via: "log", votesPerSecond: 1 }] }, /two are called main/],
    [{ candidates: [{ id: "soup" }] }, /candidates\[0\]\.weight is missing/],
    [{ candidates: [7] }, /candidates\[0\] is not a group/],
    [{ thresholds: { p99: "max<1" } }, /thresholds\.p99 is not known.*visible/],
    [{ thresholds: { visible: 5 } }, /thresholds\.visible is 5.*list of texts/],
    [
      { thresholds: { visible: ["p(99)<250 parsecs"] } },
      /thresholds\.visible is not right: "p\(99\)<250 parsecs", character 11: expected is a unit/,
    ],
    [{ thresholds: { votes: "p(99)<1" } }, /votes is not right.*character 1.*\(rate count\)/],
    [{ faults: [{ atSeconds: 3, action: "kill", role: "tally" }] }, /atSeconds is 3.*to 2/],
    [{ faults: [{ atSeconds: 1, action: "trip", role: "tally" }] }, /"trip".*kill, pause/],
    [
      { faults: [{ atSeconds: 1, action: "kill", role: "tally", forSeconds: 1 }] },
      /faults\[0\]\.forSeconds does not go with the kill of a role/,
    ],
    [{ bots: 5, via: "log" }, /bots: stream main goes via log, without its voters' tokens/],
    [{ bots: 5, via: "http", voters: 23 }, /23 voters cannot cast 24 first votes/],
    [{ voters: 100 }, /100 voters cannot cast 1919 first votes/],
    [{ votesPerSecond: 9e6, durationSeconds: 1_000, voters: undefined }, /votes in all/],
  ])("refuses %o with field and rule", (change, expected) => {
    expect(refusal(() => parseScenario({ ...good, ...change }, "lunch.yaml"))).toMatch(expected);
  });

  it("refuses what is no group at all", () => {
    expect(refusal(() => parseScenario("text", "lunch.yaml"))).toMatch(
      /lunch\.yaml is not a group/,
    );
  });
});

describe("overrideScenario", () => {
  it("replaces what is given in the first stream and leaves the rest", () => {
    const scenario = overrideScenario(parseScenario(good, "lunch.yaml"), {
      votesPerSecond: 50,
      via: "http-batch",
      durationSeconds: undefined,
    });
    expect(scenario.durationSeconds).toBe(2);
    expect(scenario.streams[0]).toMatchObject({ via: "http-batch", votesPerSecond: 50 });
    expect(scenario.streams[1]).toMatchObject({ via: "http", votesPerSecond: 10 });
  });

  it("keeps the course: other times at the same rates, other rates at the same times", () => {
    const spike = parseScenario(
      {
        ...good,
        votesPerSecond: undefined,
        arrivals: { shape: "spike", peakPerSecond: 800, atSeconds: 1, riseSeconds: 1 },
        faults: [{ atSeconds: 1, action: "pause", role: "tally", forSeconds: 0.5 }],
      },
      "lunch.yaml",
    );
    const longer = overrideScenario(spike, { durationSeconds: 20, votesPerSecond: 400 });
    expect(longer.streams[0].arrivals.pieces).toEqual([
      { forSeconds: 10, fromPerSecond: 0, toPerSecond: 0 },
      { forSeconds: 10, fromPerSecond: 0, toPerSecond: 400 },
    ]);
    expect(longer.streams[0]).toMatchObject({ peakPerSecond: 400, votesPerSecond: 100 });
    expect(longer.streams[1].arrivals.pieces).toMatchObject([{ forSeconds: 20, toPerSecond: 10 }]);
    expect(longer.faults).toMatchObject([{ atSeconds: 10, forSeconds: 5 }]);
  });

  it("holds to the same bounds", () => {
    const tooLong = { durationSeconds: 1e6 };
    expect(refusal(() => overrideScenario(defaultScenario, tooLong))).toMatch(/durationSeconds/);
    expect(refusal(() => overrideScenario(defaultScenario, { durationSeconds: 0 }))).toMatch(
      /0\.1/,
    );
  });
});

describe("readScenario", () => {
  it("reads every scenario that comes with vote", async () => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
    expect(files).toEqual(expect.arrayContaining(["demo.yaml", "smoke.yaml", "steady-250k.yaml"]));
    for (const file of files) {
      const scenario = await readScenario(join(folder, file));
      expect(`${scenario.name}.yaml`).toBe(file);
    }
  });

  it("knows those that come with vote by name, and lists them for another", async () => {
    expect((await readScenario("smoke")).name).toBe("smoke");
    await expect(readScenario("smok")).rejects.toMatchObject({
      code: "invalid-scenario",
      hint: expect.stringMatching(/^Did you mean smoke\? There are bbb20, .*thundering-close;/),
    });
  });

  it("says so when the file is missing or is not YAML", async () => {
    await expect(readScenario(join(folder, "none.yaml"))).rejects.toMatchObject({
      code: "invalid-scenario",
      message: expect.stringContaining("cannot be read"),
    });
    const directory = await mkdtemp(join(tmpdir(), "vote-scenario-"));
    await writeFile(join(directory, "bad.yaml"), "a: [1,");
    await expect(readScenario(join(directory, "bad.yaml"))).rejects.toMatchObject({
      code: "invalid-scenario",
      message: expect.stringContaining("bad.yaml is not YAML"),
    });
    await rm(directory, { recursive: true });
  });
});
