import { readdir } from "node:fs/promises";
import { expect, it } from "vitest";
import { startTally } from "../../../src/runtime/tally/tally.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { ledgerWith } from "../../helpers/faulty-ledger.js";
import { eventually } from "../../helpers/temporary.js";

/** A tally of an engine, and where it began to read each chain. */
async function start(engine: Engine) {
  const { ledger } = engine;
  const from: number[] = [];
  const read: typeof ledger.read = (election, partition, sequence) => {
    from.push(sequence);
    return ledger.read(election, partition, sequence);
  };
  const options = { ...engine, ledger: ledgerWith(ledger, { read }), snapshotMinGrowth: 3 };
  const tally = await startTally(options);
  const decided = (position: number) =>
    eventually(`position ${position}`, () => {
      const [held] = tally.metrics().partitions;
      return held?.state === "tallying" && held.position === position;
    });
  return { tally, from, decided };
}

it("a tally that starts again reads its snapshot, until the election is over", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "again", 1);
  const append = (...frames: Buffer[]) =>
    engine.log.append(frames.map((bytes) => ({ election: "again", partition: 0, bytes })));
  const vote = (voter: number) => frameOf("again", 0, [ballotOf(voter, voter)]);
  const files = () => readdir(engine.snapshotsDir ?? "").catch(() => []);

  const first = await start(engine);
  await append(vote(1));
  await first.decided(1);
  await append(vote(2), vote(3), vote(4));
  await first.decided(4);
  await first.tally.stop();
  expect(first.from).toEqual([0]);
  expect(await files()).toEqual(["again.0.snapshot"]);

  const second = await start(engine);
  await second.decided(4);
  expect(second.from).toEqual([2]);
  await append(vote(2), vote(5));
  await second.decided(6);
  await append(markerOf("again", 0));
  await eventually("the seal", () => second.tally.metrics().partitions[0]?.sealed);
  await second.tally.stop();
  expect(await files()).toEqual([]);
  const last = (await chainOf(engine.ledger, "again", 0)).at(-1);
  expect(last).toMatchObject({ counts: [5, 0, 0], retriesAbsorbed: 1, sealed: true });
});
