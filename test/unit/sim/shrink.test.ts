import { expect, it } from "vitest";
import { faultsNamed, flagsOf, type Limits } from "../../../src/runtime/sim/faults/limits.js";
import { shrink } from "../../../src/runtime/sim/shrink.js";
import { type SimulateOptions, simulate } from "../../../src/runtime/sim/simulate.js";
import { loadMemoryEngines } from "../../../src/runtime/wiring/memory-engines.js";

/** Breaks wherever a role was killed and somebody's ballot acknowledged. */
const planted: SimulateOptions["alsoCheck"] = (world, { acknowledged }) => {
  const crashes = world.faults.fired.get("crash") ?? 0;
  if (crashes > 0 && acknowledged.length > 0) world.breaks("Planted", `${crashes} crashes`);
};

/** A bound, not a measure: it simulates many times. */
const timeout = 300_000;

it("shrinks a seed that fails, and names the flags", { timeout }, async () => {
  const newStores = await loadMemoryEngines();
  const run = (limits: Limits) => simulate(5, newStores, { limits, alsoCheck: planted });
  const simulation = await run({});
  expect(simulation.broken).toEqual([expect.stringMatching(/^Planted: /)]);
  expect(simulation.fired.size).toBeGreaterThan(5);
  const { limits, simulation: shortest, runs } = await shrink({ simulation, run, maxRuns: 40 });
  expect(runs).toBeLessThanOrEqual(40);
  expect(limits).toMatchObject({ faults: ["crash"], voters: 1, roles: 1, partitions: 1 });
  expect(shortest.broken).toEqual([expect.stringMatching(/^Planted: /)]);
  expect(shortest.events).toBeLessThan(simulation.events);
  expect(flagsOf(5, limits)).toMatch(
    /^--seed 5( --(voters|roles|partitions|seconds) \d+)+ --faults crash$/,
  );
  expect((await run(limits)).digest).toBe(shortest.digest);
});

it("stops at the first simulation that cannot be smaller", { timeout }, async () => {
  const newStores = await loadMemoryEngines();
  const limits = { faults: [], voters: 1, roles: 1, partitions: 1, seconds: 1 };
  const alsoCheck: SimulateOptions["alsoCheck"] = (world) => world.breaks("Planted", "always");
  const run = (kept: Limits) => simulate(3, newStores, { limits: kept, alsoCheck });
  const found = await shrink({ simulation: await run(limits), limits, run, maxRuns: 40 });
  expect(found).toMatchObject({ limits, runs: 0 });
});

it("names faults as flags do, and knows no others", () => {
  const faults = faultsNamed("crash,clock-off-within-the-bound");
  expect(faults).toEqual(["crash", "clock off, within the bound"]);
  expect(flagsOf(7, { faults })).toBe("--seed 7 --faults crash,clock-off-within-the-bound");
  expect(flagsOf(7, { faults: faultsNamed("none") })).toBe("--seed 7 --faults none");
  expect(() => faultsNamed("crash,flood")).toThrow('--faults names "flood"');
});
