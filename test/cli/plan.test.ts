import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentedShape, undocumented } from "../helpers/documented-json.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

let box: Sandbox;

beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.remove());

const usual = ["plan", "--rps", "250000", "--voters", "300000000"];

describe("vote plan", { timeout: 180_000 }, () => {
  it("prints a plan in 80 columns", async () => {
    const { code, stdout } = await box.vote(...usual, "--viewers", "1000000");
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const role of ["ingest", "log", "tally", "ledger", "view", "serve", "recount", "total"]) {
      expect(stdout).toMatch(new RegExp(`^${role} +\\S`, "m"));
    }
    expect(stdout).toContain("Assumptions");
    // docs/how-to/capacity.md shows this very plan.
    expect(await readFile("docs/how-to/capacity.md", "utf8")).toContain(stdout.trimEnd());
  });

  it("takes the duration, or the peak over the average", async () => {
    const plan = async (...flags: string[]) => {
      const { stdout } = await box.vote(...usual, ...flags, "--json");
      return JSON.parse(stdout) as { durationSeconds: number; averagePerSecond: number };
    };
    expect((await plan("--duration", "4h")).durationSeconds).toBe(14_400);
    expect((await plan("--peak-factor", "1")).averagePerSecond).toBeCloseTo(250_000, 3);
  });

  it("measures this host's constants, and plans with them", async () => {
    const brief = ["--measure-votes", "50000", "--measure-seconds", "1"];
    const { code, stdout, stderr } = await box.vote(
      "plan",
      "--measure",
      "here.json",
      ...brief,
      "--json",
    );
    expect(code, stderr).toBe(0);
    const { constants } = JSON.parse(stdout) as { constants: Record<string, { source: string }> };
    expect(JSON.parse(stdout)).toEqual(
      JSON.parse(await readFile(join(box.path, "here.json"), "utf8")),
    );
    expect(undocumented(JSON.parse(stdout), documentedShape("`vote plan`", 1))).toEqual([]);
    expect(Object.keys(constants)).toHaveLength(6);
    for (const { source } of Object.values(constants)) expect(source).toMatch(/^vote bench /);
    const again = await box.vote(...usual, "--constants", "here.json", "--json");
    expect((JSON.parse(again.stdout) as { constants: object }).constants).toMatchObject(constants);
  });

  it.each([
    [["plan"], "A plan needs --rps and --voters."],
    [["plan", "--rps", "5"], "A plan needs --rps and --voters."],
    [[...usual, "--duration", "5m"], "cannot vote in 5m at 250000 votes a second"],
    [[...usual, "--duration", "soon"], "is not a duration"],
    [[...usual, "--peak-factor", "0.5"], '--peak-factor is "0.5"'],
    [[...usual, "--peak-factor", "many"], '--peak-factor is "many"'],
    [[...usual, "--headroom", "99"], "--headroom"],
    [[...usual, "--constants", "none.json"], "none.json"],
    [["plan", "--measure", "nowhere/here.json"], "nowhere/here.json cannot be written"],
  ])("%j: exit code 2, and what is wrong", async (args, message) => {
    const { code, stderr } = await box.vote(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
