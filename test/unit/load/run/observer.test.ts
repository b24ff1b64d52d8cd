import { randomBytes } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { instanceOf } from "../../../../src/runtime/core/formats/definition.js";
import { signFrames } from "../../../../src/runtime/keys/frame-signature.js";
import { Account } from "../../../../src/runtime/load/measure/account.js";
import { BallotPlan } from "../../../../src/runtime/load/plan/ballot-plan.js";
import { RunObserver } from "../../../../src/runtime/load/run/observer.js";
import type { LoadOptions } from "../../../../src/runtime/load/run/options.js";
import type { LoadProgress } from "../../../../src/runtime/load/run/progress.js";
import { FrameWriter } from "../../../../src/runtime/load/send/log/frame-writer.js";
import { systemClock } from "../../../../src/runtime/time/clock.js";
import { eventually } from "../../../helpers/temporary.js";
import { type LoadBench, partitions, scenarioOf, startLoadBench, withView } from "../support.js";

/** An observer of a real engine, and a way to get ballots into its log. */
async function site(
  drainWithinMs: number,
  onProgress?: LoadOptions["onProgress"],
  changes: (bench: LoadBench) => Partial<LoadOptions> = () => ({}),
) {
  const bench = await startLoadBench();
  onTestFinished(() => bench.stop());
  const { engine } = bench;
  const election = (await engine.registry.get("lunch"))!;
  const framesKey = await engine.keys.signingKey("frames");
  const options = {
    ...{ election, scenario: scenarioOf(), seed: 1, log: engine.log, view: engine.view },
    ...{ producerId: () => randomBytes(16), framesKey, clock: systemClock, drainWithinMs },
    ...(onProgress === undefined ? {} : { onProgress }),
    ...changes(bench),
  };
  const observer = new RunObserver(options);
  onTestFinished(() => observer.close());
  const plan = new BallotPlan({
    ...{ seed: 1, stream: "main", total: 1_000, weights: [1, 1, 1], minLag: 1, lagSpread: 1 },
    ...{ secondVoteShare: 0, retryShare: 0 },
  });
  const account = new Account(plan);
  const producerId = randomBytes(16);
  const writer = new FrameWriter({
    account,
    election: "lunch",
    instance: instanceOf(election),
    partitions,
    producerId,
    keyId: framesKey.idBytes,
  });
  /** Ballots that were due at 0, acknowledged now. */
  const append = async (ballots: number, own = true) => {
    const chunk = writer.write(ballots, Date.now());
    await signFrames(chunk.frames, framesKey);
    const positions = await engine.log.append(chunk.frames);
    if (!own) return;
    account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    chunk.frames.forEach(({ partition }, frame) => {
      observer.watch.expect(partition, positions[frame], 0, chunk.ballots[frame]);
    });
    observer.acknowledged(0, 0, ballots);
  };
  return { bench, account, append, observer };
}

it("drains once the view has come to the log's ends", async () => {
  const { append, observer } = await site(30_000);
  await observer.open();
  await append(100);
  expect(await observer.drain()).toBe(true);
  expect(observer.watch.isEmpty).toBe(true);
  const { visible, acknowledge } = observer.latencies;
  expect({ visible: visible.count, acknowledge: acknowledge.count }).toEqual({
    visible: 100,
    acknowledge: 100,
  });
  expect(visible.percentile(50)).toBeGreaterThan(0);
});

it.each([
  ["our", true],
  ["other people's", false],
])("does not drain when nobody tallies %s ballots", async (_, own) => {
  const { append, bench, observer } = await site(100);
  await bench.stopTally();
  await observer.open();
  await append(10, own);
  expect(await observer.drain()).toBe(false);
  expect(observer.latencies.visible.count).toBe(0);
});

it("waits as long as the tally comes nearer, and no longer", async () => {
  // By a clock of its own: each look at the view takes longer than the tally may stand still.
  let now = 0;
  let reaches = 9;
  const { append, bench, observer } = await site(100, undefined, ({ engine }) => {
    const get = async (election: string) => {
      now += 60;
      for (let partition = 0; partition < partitions; partition++) {
        const end = await engine.log.end(election, partition);
        const figures = { sequence: reaches, counts: [], rejections: [], retriesAbsorbed: 0 };
        const position = Math.min(end, reaches - 10);
        await engine.view.set(election, { ...figures, partition, position, sealed: false });
      }
      if (reaches < most) reaches++;
      return engine.view.get(election);
    };
    const clock = { ...systemClock, now: () => now, sleep: () => systemClock.sleep(0) };
    return { view: withView(engine, get).view, clock };
  });
  let most = 11;
  await bench.stopTally();
  for (let frames = 0; frames < 8; frames++) await append(50, false);
  await observer.open();
  expect(await observer.drain()).toBe(false);
  most = 40;
  expect(await observer.drain()).toBe(true);
  expect(now).toBeGreaterThan(400);
});

it("tells while it waits how many ballots the tally is behind", async () => {
  let tell: (progress: LoadProgress) => void = () => {};
  const told = new Promise<LoadProgress>((resolve) => {
    tell = resolve;
  });
  const { append, bench, observer } = await site(0, (progress) => tell(progress));
  await bench.stopTally();
  await observer.open();
  await append(10);
  const stream = observer.openStream(scenarioOf().streams[0], 0);
  expect(await observer.reporting([stream], 0, told)).toMatchObject({ behind: 10 });
});

it("waits for ballots of others too, as the log's end has them", async () => {
  const { append, bench, observer } = await site(30_000);
  await append(50, false);
  await observer.open();
  expect(await observer.drain()).toBe(true);
  const { partitions: shown } = await bench.engine.view.get("lunch");
  for (const { partition, position } of shown) {
    expect(position).toBe(await bench.engine.log.end("lunch", partition));
  }
  expect(shown.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0)).toBe(50);
});

it("counts what is new, and puts latencies where ballots were due", async () => {
  const { account, observer } = await site(0);
  account.sent = 30;
  observer.countSoFar([account]);
  account.sent = 45;
  account.acknowledged = 40;
  account.refuse(44, "election-closed");
  observer.countSoFar([account]);
  observer.countSoFar([account]);
  observer.acknowledged(2_500, 4_600, 40, 4_700);
  const rows = observer.timeline.rows();
  const sum = (what: "sent" | "acknowledged" | "refused") =>
    rows.reduce((total, row) => total + row[what], 0);
  expect([sum("sent"), sum("acknowledged"), sum("refused")]).toEqual([45, 40, 1]);
  expect(rows[0].latencyMs.acknowledge.p50).toBe(0);
  // The third second's, to a bucket's width.
  expect(rows[2].latencyMs.acknowledge.p50 / 2_200).toBeCloseTo(1.02, 1);
  expect(observer.latencies.acknowledge.percentile(50) / 2_200).toBeCloseTo(1, 2);
  expect(observer.latencies.acknowledgeRaw.percentile(50)).toBeCloseTo(100, 0);
});

it("stops asking the view when it is closed", async () => {
  const { append, bench, observer } = await site(0);
  await observer.open();
  await observer.close();
  await append(20);
  await eventually("the tally", async () => {
    const { partitions: shown } = await bench.engine.view.get("lunch");
    return shown.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0) === 20;
  });
  expect(observer.latencies.visible.count).toBe(0);
});
