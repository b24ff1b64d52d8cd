import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SearchTrial } from "../../../../src/runtime/contracts/load/load-record.js";
import { requireElection } from "../../../../src/runtime/elections/elections.js";
import { emptyLatencies, type LoadOutcome } from "../../../../src/runtime/load/measure/outcome.js";
import { Timeline } from "../../../../src/runtime/load/measure/timeline.js";
import { runLoadAndReconcile } from "../../../../src/runtime/system/load/load-run.js";
import { searchMaximum } from "../../../../src/runtime/system/load/load-search.js";
import { judgeTrial, trialScenario } from "../../../../src/runtime/system/load/search-trial.js";
import { type LoadBench, scenarioOf, startLoadBench } from "../../load/support.js";

let bench: LoadBench;
beforeEach(async () => {
  bench = await startLoadBench();
});
afterEach(() => bench.stop());

describe("a search for the highest rate", { timeout: 120_000 }, () => {
  it("tries rates until it knows, and reconciles the ballots of all trials", async () => {
    const trials: SearchTrial[] = [];
    const stopping = new AbortController();
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      // So many that no machine holds it: the search has to come down from there.
      scenario: scenarioOf({ thresholds: { acknowledged: ["max<0.001ms"] } }),
      search: {
        startPerSecond: 200,
        onTrial: (trial) => {
          trials.push(trial);
          if (trials.length === 3) stopping.abort();
        },
      },
      signal: stopping.signal,
    });
    expect(trials.map(({ votesPerSecond }) => votesPerSecond).slice(0, 3)).toEqual([200, 100, 50]);
    expect(trials[0]).toMatchObject({ held: false });
    expect(record.search).toMatchObject({ found: null });
    expect(record.search?.trials).toHaveLength(trials.length);
    expect(record).toMatchObject({ reconciled: true, lost: 0, invented: 0, foreign: 0 });
    expect(record.sent).toBe(record.acknowledged + record.refused);
    const rejected = Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
    expect(record.counted + rejected).toBe(record.acknowledged);
    expect(record.sent).toBeGreaterThan(0);
  });

  it("refuses faults", async () => {
    const scenario = {
      ...scenarioOf(),
      faults: [{ atSeconds: 0, action: "kill", role: "tally", forSeconds: 0 }] as const,
    };
    const election = await requireElection(bench.engine, "lunch");
    const options = { engine: bench.engine, election, scenario, seed: 1 };
    const run = searchMaximum(options, { startPerSecond: 10 });
    await expect(run).rejects.toMatchObject({ code: "invalid-usage" });
  });
});

describe("a trial", () => {
  const scenario = trialScenario(scenarioOf(), 100, 2);
  const outcome: LoadOutcome = {
    ...{ election: "lunch", seed: 1, streams: [], startedAt: 0, durationMs: 500, sendingMs: 500 },
    ...{ latencies: emptyLatencies(), timeline: new Timeline(500), unsent: 0 },
    ...{ interrupted: false, drained: true },
    generator: { name: "builtin", processes: 1, cpuSeconds: 0, busyShare: 0, limits: [], each: [] },
  };

  it("has the whole scenario's rate, and streams of its own", () => {
    const two = scenarioOf({ streams: [{ name: "web", via: "http", votesPerSecond: 2_000 }] });
    const { streams } = trialScenario(two, 1_000, 7);
    expect(streams.map(({ name }) => name)).toEqual(["main.trial-7", "web.trial-7"]);
    expect(streams.map(({ peakPerSecond }) => peakPerSecond)).toEqual([800, 200]);
  });

  it("holds when nothing is against it, and says what is", () => {
    expect(judgeTrial(outcome, scenario, 100)).toMatchObject({ held: true, valid: true, why: [] });
    const late = judgeTrial({ ...outcome, drained: false, unsent: 10 }, scenario, 100);
    expect(late).toMatchObject({ held: false, valid: true });
    expect(late.why).toHaveLength(2);
  });

  it("says nothing about the system when the generator was the limit", () => {
    const generator = { ...outcome.generator, busyShare: 0.99 };
    const busy = judgeTrial({ ...outcome, generator }, scenario, 100);
    expect(busy).toMatchObject({ held: false, valid: false });
  });
});
