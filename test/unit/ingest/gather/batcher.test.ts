import { describe, expect, it } from "vitest";
import { draftBallot, openIntake } from "../../../../src/runtime/ingest/intake.js";
import { openTestElection, openTestEngine } from "../../../helpers/data/election.js";
import { eventually } from "../../../helpers/temporary.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

/** A clock that a test moves, and that says how long it has been asked to sleep. */
class AskedClock extends SteppedClock {
  readonly asked: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.asked.push(ms);
    return super.sleep(ms, signal);
  }

  moveBy(ms: number): void {
    this.moveTo(this.now() + ms);
  }
}

const nobody = { settled: () => {} };

/** An intake over the real embedded engine, by a clock that stands. */
async function startIntake() {
  const engine = await openTestEngine();
  await openTestElection(engine, "lunch", 4);
  const clock = new AskedClock(Date.now());
  const intake = await openIntake({ ...engine, clock });
  const cached = await intake.elections.get("lunch");
  const { batcher, draft } = intake;
  let voters = 0;
  return {
    batcher,
    clock,
    add(ballots: number) {
      for (let added = 0; added < ballots; added++) {
        draftBallot(intake, cached, `voter ${voters++}`, { choice: "c0" });
        batcher.add(cached.election, draft, nobody);
      }
    },
    /** How long it sleeps, once it does: it waits for the test. */
    asked: () => eventually("a sleep", () => clock.asked.length > 0 && clock.asked.splice(0)),
  };
}

/** The same, after it has taken so many ballots at once: the next ones linger. */
async function startAfter(ballots: number) {
  const intake = await startIntake();
  intake.add(ballots);
  // Before them were none, so they wait for nothing but the event loop's next turn.
  expect(await intake.asked()).toEqual([0]);
  await eventually("an append", () => intake.batcher.metrics.acknowledged === ballots);
  return intake;
}

describe("the linger", () => {
  it.each([
    [1_000, [5]],
    [2_500, [5, 5, 2]],
    [5_000, [5, 5, 5, 5, 5]],
    [6_000, [5, 5, 5, 5, 5]],
  ])("after %i ballots at once is a share of 25 ms", async (before, steps) => {
    const { add, asked, batcher, clock } = await startAfter(before);
    add(1);
    for (const step of steps) {
      expect(await asked()).toEqual([step]);
      expect(batcher.metrics.acknowledged).toBe(before);
      clock.moveBy(step);
    }
    await eventually("an append", () => batcher.metrics.acknowledged === before + 1);
    expect(clock.asked).toEqual([]);
  });

  it("ends once enough ballots have come to share a signature", async () => {
    const { add, asked, batcher, clock } = await startAfter(5_000);
    add(7_999);
    expect(await asked()).toEqual([5]);
    clock.moveBy(5);
    expect(await asked()).toEqual([5]);
    add(1);
    clock.moveBy(5);
    await eventually("an append", () => batcher.metrics.acknowledged === 13_000);
    expect(clock.asked).toEqual([]);
  });

  it("is over when its time is, however few steps a busy event loop has let it make", async () => {
    const { add, asked, batcher, clock } = await startAfter(5_000);
    add(1);
    expect(await asked()).toEqual([5]);
    clock.moveBy(30);
    await eventually("an append", () => batcher.metrics.acknowledged === 5_001);
    expect(clock.asked).toEqual([]);
  });
});
