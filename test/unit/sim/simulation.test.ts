import { describe, expect, it, onTestFinished } from "vitest";
import { faultKinds } from "../../../src/runtime/sim/faults/fault-plan.js";
import { runSeeds } from "../../../src/runtime/sim/seeds.js";
import { sandbox } from "../../helpers/run-vote.js";

/** `vote sim` runs as many as there is time for. */
const seeds = 20;

describe("simulated elections with faults", { timeout: 900_000 }, () => {
  it(`keep every promise, seeds 1 to ${seeds}, whatever goes wrong`, async () => {
    const report = await runSeeds({ from: 1, seeds });
    expect(report.failed).toEqual([]);
    const met = Object.values(report.faults).filter((count) => count > 0);
    expect(met.length).toBeGreaterThan(faultKinds.length / 2);
    expect(report.reached["certifier: certified"]).toBeGreaterThan(0);
    expect(report.acknowledged).toBeGreaterThan(0);
  });

  it("have the same event log each time, in another process too", async () => {
    const lines: string[] = [];
    const report = await runSeeds({ from: 7, seeds: 1, print: (line) => lines.push(line) });
    expect(lines.length).toBeGreaterThan(500);
    const box = sandbox();
    onTestFinished(() => box.remove());
    const { stdout } = await box.vote("sim", "--seed", "7", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ digest: report.digest, events: report.events });
    const kept = ["--faults", "crash,lost-answer", "--voters", "3", "--roles", "1"];
    const several = await box.vote("sim", "--from", "7", "--seeds", "1", ...kept, "--json");
    expect(several).toMatchObject({ code: 0, stderr: "" });
    const limits = { faults: ["crash", "lost answer"], voters: 3, roles: 1 } as const;
    const smaller = await runSeeds({ from: 7, seeds: 1, limits });
    expect(JSON.parse(several.stdout)).toMatchObject({ digest: smaller.digest });
    expect(smaller.events).toBeLessThan(report.events);
  });
});
