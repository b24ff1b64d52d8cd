import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadRecord } from "../../../src/runtime/contracts/load/load-record.js";
import { withScenarioElection } from "../../../src/runtime/elections/scenario-election.js";
import { overrideScenario } from "../../../src/runtime/load/scenario/override.js";
import { readScenario } from "../../../src/runtime/load/scenario/scenario-file.js";
import { runLoadAndReconcile } from "../../../src/runtime/system/load/load-run.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { type Sandbox, sandbox } from "../../helpers/run-vote.js";

const timeoutMs = 180_000;

let box: Sandbox;
let engine: Engine;
let ingest: string;
beforeAll(async () => {
  box = sandbox();
  const ready = JSON.parse(await box.start("dev", "--port", "0", "--json").line(/"event":"ready"/));
  ingest = (ready as { ingest: string }).ingest;
  const { dataDir } = ready as { dataDir: string };
  engine = await openEngine({ engine: "embedded", dataDir });
}, timeoutMs);
afterAll(async () => {
  await engine.close();
  await box.remove();
});

/** Peak and length in which a scenario is run here: votes a second, seconds. */
const short: Readonly<Record<string, readonly [number, number]>> = {
  bbb20: [2_000, 1],
  "bot-attack": [150, 1.5],
  "bot-flood": [100, 1],
  // Long enough for what was killed to come back and be killed again.
  chaos: [100, 4],
  demo: [4_000, 1],
  "duplicate-storm": [3_000, 1],
  "hot-candidate": [4_000, 1],
  smoke: [200, 1],
  soak: [500, 1],
  spike: [4_000, 1.5],
  "steady-250k": [4_000, 1],
  "thundering-close": [3_000, 1],
};
/** Through the command; the others through what it calls, which spares their start. */
const byCommand = ["chaos", "smoke"];
/** These mostly wait for their own close, and show nothing that hangs on how fast they are. */
const atOnce = ["bbb20", "demo", "soak", "spike", "steady-250k", "thundering-close"];
const alone = Object.keys(short).filter((name) => !atOnce.includes(name));

async function run(name: string): Promise<LoadRecord> {
  const [votesPerSecond, durationSeconds] = short[name];
  if (byCommand.includes(name)) {
    const args = ["--rps", String(votesPerSecond), "--duration", `${durationSeconds}s`, "--json"];
    const { code, stdout, stderr } = await box.vote("load", "--scenario", name, ...args);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as LoadRecord;
  }
  const shipped = await readScenario(name);
  const given = overrideScenario(shipped, { votesPerSecond, durationSeconds });
  // So few that each is beyond its limit, however slowly the machine sends.
  const streams = given.streams.map((stream) => ({ ...stream, bots: Math.min(stream.bots, 2) }));
  const scenario = { ...given, streams };
  return withScenarioElection(
    engine,
    { ...scenario, candidates: scenario.candidates ?? [{ id: "a", name: "A", weight: 1 }] },
    async (election, beforeReconcile) => {
      const options = { engine, election, scenario, target: ingest, beforeReconcile };
      return (await runLoadAndReconcile(options)).record;
    },
  );
}

/** To the ballot, whatever the scenario did. */
function expectReconciled(record: LoadRecord): void {
  expect(record).toMatchObject({ lost: 0, double: 0, invented: 0, unknown: 0, findings: [] });
  expect(record).toMatchObject({ reconciled: true, drained: true, interrupted: false });
  expect(record.agreement).toEqual({ generator: true, view: true, ledger: true, recount: true });
  expect(record.sent).toBe(record.acknowledged + record.refused);
  const rejected = Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
  expect(record.acknowledged).toBe(record.counted + rejected);
  expect(record.counted).toBeGreaterThan(0);
}

/** What only this scenario shows. */
const shows: Readonly<Record<string, (record: LoadRecord) => void>> = {
  "bot-attack": ({ refused, refusals, streams }) => {
    const [honest, bots] = streams;
    expect(honest.refused).toBe(0);
    expect(bots.refused).toBeGreaterThan(bots.acknowledged);
    expect(Object.values(refusals).reduce((sum, count) => sum + count, 0)).toBe(refused);
    expect(Object.keys(refusals)).toEqual(expect.arrayContaining(["invalid-token"]));
  },
  "bot-flood": ({ counted, refused, refusals, rejected, streams }) => {
    const [honest, bots] = streams;
    expect(honest).toMatchObject({ refused: 0, acknowledged: honest.sent });
    expect(refusals).toEqual({ "too-many-requests": bots.refused });
    expect(refused).toBeGreaterThan(0);
    // All honest ones, and one of each bot.
    expect(counted).toBeGreaterThanOrEqual(honest.sent + 2);
    expect(rejected["already-voted"]).toBe(bots.acknowledged - (counted - honest.sent));
  },
  chaos: ({ faults = [] }) => {
    expect(faults.map(({ action, role }) => `${action} ${role}`)).toEqual([
      "kill tally",
      "kill ingest",
      "pause tally",
      "kill serve",
      "pause ingest",
      "kill tally",
    ]);
    expect(faults[0].pid).toBeGreaterThan(0);
    expect(faults[1].pid).toBeGreaterThan(0);
  },
  "duplicate-storm": ({ rejected, retriesAbsorbed }) => {
    expect(rejected["already-voted"]).toBeGreaterThan(0);
    expect(retriesAbsorbed).toBeGreaterThan(0);
  },
  "hot-candidate": ({ result, counted }) => {
    expect(result[0].votes).toBeGreaterThan(0.9 * counted);
  },
};

describe("every scenario that comes with vote", { timeout: timeoutMs }, () => {
  it("is run here", () => {
    const files = readdirSync(join(import.meta.dirname, "../../../scenarios"));
    const names = files.filter((file) => file.endsWith(".yaml")).map((file) => file.slice(0, -5));
    expect(names.sort()).toEqual(Object.keys(short).sort());
  });

  const reconciles = async (name: string) => {
    const record = await run(name);
    expect(record.scenario).toBe(name);
    expect(record.election).toMatch(new RegExp(`^${name}-`));
    expectReconciled(record);
    shows[name]?.(record);
  };
  it.each(alone)("%s reconciles, in an election of its own", reconciles);
  it.concurrent.each(atOnce)("%s reconciles, in an election of its own", reconciles);

  it("leaves only the election open that it did not make", async () => {
    const { stdout } = await box.vote("election", "list", "--json");
    const { elections } = JSON.parse(stdout) as { elections: { id: string; status: string }[] };
    expect(elections.filter(({ status }) => status === "open").map(({ id }) => id)).toEqual([
      "sample",
    ]);
  });
});

describe("vote load --scenario", { timeout: timeoutMs }, () => {
  it("lists the scenarios when there is none of that name", async () => {
    const { code, stderr } = await box.vote("load", "--scenario", "smok");
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /No scenario is called smok\.\nHint: Did you mean smoke\? There are bbb/,
    );
  });

  it("touches nothing where no vote dev of ours runs", async () => {
    await box.vote("election", "create", "other", "--candidate", "a", "--data-dir", "elsewhere");
    const args = ["load", "--scenario", "chaos", "--data-dir", "elsewhere", "--json"];
    const { code, stdout } = await box.vote(...args);
    expect(code).toBe(69);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not-running" } });
  });
});
