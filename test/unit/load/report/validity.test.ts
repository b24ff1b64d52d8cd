import { describe, expect, it } from "vitest";
import type { GeneratorFacts } from "../../../../src/runtime/contracts/load/generator-facts.js";
import { emptyLatencies } from "../../../../src/runtime/load/measure/outcome.js";
import { invalidReasons } from "../../../../src/runtime/load/report/validity.js";

const { scheduleLag } = emptyLatencies();
scheduleLag.record(5, 100);
const late = emptyLatencies().scheduleLag;
late.record(150, 100);

const each: readonly GeneratorFacts["each"][number][] = [
  { name: "a", cpuSeconds: 9, busyShare: 0.9, scheduleLagP99Ms: 5, unsent: 10, startedAt: 0 },
];
const generator = {
  name: "builtin",
  processes: 1,
  cpuSeconds: 9,
  busyShare: 0.9,
  limits: [],
  each,
} as const;
const run = { unsent: 10, durationMs: 10_000, generator, latencies: { scheduleLag } };

describe("invalidReasons", () => {
  it("has none for a generator that kept up", () => {
    expect(invalidReasons(run, 10_000, { cores: 2 })).toEqual([]);
  });

  it("leaves agents the cores of their own hosts", () => {
    const agent = { ...each[0], name: "192.0.2.1:7000", cpuSeconds: 19, clockUncertaintyMs: 1 };
    const both = { ...generator, cpuSeconds: 28, each: [...each, agent] };
    const spread = { ...run, generator: both };
    expect(invalidReasons(spread, 10_000, { cores: 2 })).toEqual([]);
  });

  it("does not blame the generator for what roles did that were killed or frozen", () => {
    const faulty = { ...run, unsent: 5_000, latencies: { scheduleLag: late } };
    expect(invalidReasons(faulty, 10_000, { cores: 2 })).toHaveLength(2);
    expect(invalidReasons(faulty, 10_000, { cores: 2 }, true)).toEqual([]);
    const busy = { ...faulty, generator: { ...generator, busyShare: 0.97 } };
    expect(invalidReasons(busy, 10_000, { cores: 2 }, true)).toHaveLength(1);
  });

  it.each([
    ["its schedule", { latencies: { scheduleLag: late } }, /was 150 ms behind its schedule/],
    [
      "the schedule of one process",
      { generator: { ...generator, each: [...each, { ...each[0], scheduleLagP99Ms: 120 }] } },
      /was 120 ms behind its schedule/,
    ],
    ["ballots never sent", { unsent: 100 }, /^0\.99 % of the ballots due were never sent/],
    ["its event loop", { generator: { ...generator, busyShare: 0.97 } }, /busy 97 % of the time/],
    ["the host's cores", { generator: { ...generator, cpuSeconds: 19.5 } }, /took 1\.9 of .* 2 co/],
  ])("tells %s", (_what, changes, expected) => {
    const reasons = invalidReasons({ ...run, ...changes }, 10_000, { cores: 2 });
    expect(reasons).toEqual([expect.stringMatching(expected)]);
  });
});
