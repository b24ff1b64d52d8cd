import { describe, expect, it, onTestFinished } from "vitest";
import { runSeeds } from "../../../src/runtime/sim/seeds.js";
import { sandbox } from "../../helpers/run-vote.js";

const seeds = 60;

describe("simulated elections with faults", { timeout: 300_000 }, () => {
  it(`keep every promise, seeds 1 to ${seeds}, and meet every kind of fault`, async () => {
    const report = await runSeeds({ from: 1, seeds });
    expect(report.failed).toEqual([]);
    const missed = Object.entries(report.faults).filter(([, count]) => count === 0);
    expect(missed).toEqual([]);
    for (const state of [
      "certifier: certified",
      "halt noticed",
      "tally: fenced",
      "tally: refused",
      "timekeeper: closed",
      "ingest: election-closed",
    ]) {
      expect(report.reached[state], state).toBeGreaterThan(0);
    }
  });

  it("have the same event log each time, in another process too", async () => {
    const lines: string[] = [];
    const report = await runSeeds({ from: 7, seeds: 1, print: (line) => lines.push(line) });
    expect(lines.length).toBeGreaterThan(1_000);
    const box = sandbox();
    onTestFinished(() => box.remove());
    const { stdout } = await box.vote("sim", "--seed", "7", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ digest: report.digest, events: report.events });
  });
});
