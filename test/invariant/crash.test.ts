import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { Mortal } from "../../src/runtime/chaos/scene/mortal.js";
import { VoterCrowd } from "../../src/runtime/chaos/scene/voter-crowd.js";
import { Dice } from "../../src/runtime/sim/time/dice.js";
import { closeAndSeal, expectReconciled, expectReplayAgrees } from "../helpers/audit.js";
import { openTestElection, openTestEngine } from "../helpers/data/election.js";
import { eventually, temporaryDirectory } from "../helpers/temporary.js";

/** A long run is a command: `VOTE_KILLS=200 npx vitest run test/invariant/crash.test.ts`. */
const rounds = Number(process.env.VOTE_KILLS ?? 8);
const seed = Number(process.env.VOTE_SEED ?? 20_261_121);

async function stage(election: string) {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  const record = await openTestElection(engine, election, 4);
  const args = ["--data-dir", dataDir, "--log-level", "warn"];
  const ingest = new Mortal({ role: "ingest", args });
  const tally = new Mortal({ role: "tally", args });
  onTestFinished(async () => {
    await Promise.all([ingest.kill(), tally.kill()]);
  });
  await Promise.all([ingest.start(), tally.start()]);
  const crowd = new VoterCrowd({
    url: () => ingest.url,
    election,
    candidates: record.candidates.map(({ id }) => id),
    secret: await engine.keys.tokenSecret(),
    seed,
    workers: 4,
    ballotsPerRequest: 20,
  });
  crowd.start();
  return { args, engine, election: record, ingest, tally, crowd };
}

type Stage = Awaited<ReturnType<typeof stage>>;

async function finish({ engine, election, crowd }: Stage): Promise<void> {
  // The load must have been real for the rest to mean anything.
  await eventually("enough votes", () => crowd.acknowledged.size > 1_000, 60_000);
  await crowd.stop();
  await closeAndSeal(engine, election);
  await expectReconciled(engine, election, crowd);
  await expectReplayAgrees(engine, election);
}

async function killAgainAndAgain(victims: readonly Mortal[]): Promise<void> {
  const dice = new Dice(`crash ${seed}`);
  for (let round = 0; round < rounds; round++) {
    await sleep(dice.between(0, 250));
    await Promise.all(victims.map((victim) => victim.kill()));
    await Promise.all(victims.map((victim) => victim.start()));
  }
}

describe(`under load, killed ${rounds} times at random moments (seed ${seed})`, () => {
  it.each(["ingest", "tally", "both"])(
    "loses nothing and doubles nothing: %s",
    async (who) => {
      const scene = await stage(`crash-${who}`);
      const { ingest, tally, crowd } = scene;
      await eventually("the first votes", () => crowd.acknowledged.size > 100);
      const victims = { ingest: [ingest], tally: [tally], both: [ingest, tally] }[who] ?? [];
      await killAgainAndAgain(victims);
      if (who !== "tally") expect(crowd.repeated).toBeGreaterThan(0);
      await finish(scene);
    },
    240_000 + rounds * 12_000,
  );
});

describe("a tally that is stopped, replaced, and wakes up as a zombie", () => {
  it("loses nothing and doubles nothing", async () => {
    const scene = await stage("zombie");
    const { engine, election, args, tally } = scene;
    const second = new Mortal({ role: "tally", args });
    onTestFinished(() => second.kill());
    const positions = async () => {
      const { partitions } = await engine.view.get(election.id);
      return partitions.map(({ position }) => position);
    };
    let takeOvers = 0;
    await second.start();
    for (const sleeper of [tally, second, tally, second]) {
      sleeper.signal("SIGSTOP");
      const before = await positions();
      // All partitions move on only once the other has taken over the sleeper's. It may be that
      // the sleeper holds LMDB's write lock: then nobody can go on before it wakes up.
      const tookOver = await eventually(
        "the take-over",
        async () => (await positions()).every((now, partition) => now > (before[partition] ?? 0)),
        15_000,
      ).catch(() => false);
      if (tookOver) takeOvers++;
      sleeper.signal("SIGCONT");
      await sleep(300);
    }
    expect(takeOvers).toBeGreaterThan(0);
    await finish(scene);
  }, 300_000);
});
