import { describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { Halts, requireNoHalt } from "../../../src/runtime/tally/halts.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { ledgerWith } from "../../helpers/faulty-ledger.js";
import { eventually } from "../../helpers/temporary.js";

const damage = new VoteError(
  "corrupt-frame",
  "election e, partition 1, position 7: wrong checksum",
);
const place = { election: "e", partition: 1, position: 7, loading: false };
const never = new AbortController().signal;

/** A clock by which time passes only in sleep, as far as the next sign to wake up. */
function halted(revision: number) {
  const slept: number[] = [];
  let wake: () => void = () => undefined;
  const sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      slept.push(ms);
      wake = resolve;
      signal?.addEventListener("abort", () => resolve());
    });
  const halts = new Halts({ sleep });
  halts.seen([{ id: "e", revision }]);
  let paused = true;
  const pause = async (failure = { ...place, revision }, error: unknown = damage) => {
    paused = true;
    await halts.pause(failure, error, never);
    paused = false;
  };
  return { halts, slept, pause, isPaused: () => paused, wake: () => wake() };
}

describe("a partition that failed", () => {
  it("is looked at again once its election has changed, if it was damage", async () => {
    const { halts, slept, pause, isPaused } = halted(3);
    const pausing = pause();
    halts.seen([
      { id: "e", revision: 3 },
      { id: "other", revision: 9 },
    ]);
    await Promise.resolve();
    expect([isPaused(), slept]).toEqual([true, [600_000]]);
    halts.seen([{ id: "e", revision: 4 }]);
    await pausing;
    // A change that came in while the partition was being read again is not missed.
    await pause();
    expect(slept).toHaveLength(1);
  });

  it("is tried again with growing pauses, if it was anything else, until it goes on", async () => {
    const { halts, slept, pause, wake } = halted(1);
    const trouble = new VoteError("ledger-unavailable", "planted");
    const failTimes = async (times: number) => {
      for (let count = 0; count < times; count++) {
        const pausing = pause({ ...place, revision: 1 }, trouble);
        wake();
        await pausing;
      }
    };
    await failTimes(8);
    expect(slept[0]).toBeLessThanOrEqual(500);
    expect(slept[7]).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...slept)).toBeLessThanOrEqual(10_000);
    expect(halts.all).toEqual([]);
    halts.over("e", 1);
    await failTimes(1);
    expect(slept[8]).toBeLessThanOrEqual(500);
  });

  it("says where it stands and what to do, as long as it is halted", async () => {
    const { halts, pause } = halted(1);
    requireNoHalt(halts.all);
    void pause();
    const hint = expect.stringContaining("vote election void e --partition 1 --position 7 ");
    const problem = { code: "partition-halted", status: 503, exitCode: 3, hint };
    expect(() => requireNoHalt(halts.all)).toThrow(expect.objectContaining(problem));
    expect(() => requireNoHalt(halts.all)).toThrow(/partition 1 .*position 7.*wrong checksum/);
    halts.loaded("e", 1, 7);
    expect(halts.all).toHaveLength(1);
    halts.over("e", 1);
    requireNoHalt(halts.all);
  });

  it("is no longer halted here once another tally has passed the damage", () => {
    const { halts, pause } = halted(1);
    void pause();
    // Nothing stands behind it: no further record would show that it goes on.
    halts.loaded("e", 1, 8);
    requireNoHalt(halts.all);
  });
});

/** The ledger, with a count of how often each partition's chain was read. */
function countingReads(ledger: Ledger) {
  const reads = new Map<number, number>();
  const counting = ledgerWith(ledger, {
    read(election, partition, from) {
      reads.set(partition, (reads.get(partition) ?? 0) + 1);
      return ledger.read(election, partition, from);
    },
  });
  return { counting, reads: (partition: number) => reads.get(partition) ?? 0 };
}

it("a tally reads a halted partition's chain only when its election changes", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "halted", 2);
  const { counting, reads } = countingReads(engine.ledger);
  const append = (partition: number, ...frames: Buffer[]) =>
    engine.log.append(frames.map((bytes) => ({ election: "halted", partition, bytes })));
  const good = (partition: number, voter: number) =>
    frameOf("halted", partition, [ballotOf(voter, voter)]);
  const damaged = good(1, 2);
  damaged[100] ^= 1;
  const tally = await startTally({ ...engine, ledger: counting });
  await append(1, good(1, 1), damaged, good(1, 3));
  await eventually("the halt", () => tally.metrics().partitions[1]?.state === "halted");
  expect(() => tally.requireReady()).toThrow("partition 1 is decided up to position 1 and halted");
  expect((await chainOf(engine.ledger, "halted", 1)).at(-1)?.positionTo).toBe(1);
  const before = reads(1);
  let { revision } = election;
  for (let changes = 1; changes <= 5; changes++) {
    await engine.registry.replace({ ...election, revision: ++revision });
    await eventually("another look", () => reads(1) >= before + changes);
    // Meanwhile, the other partition goes on.
    await append(0, good(0, 100 + 2 * changes));
    await eventually("the other partition", async () => {
      const last = (await chainOf(engine.ledger, "halted", 0)).at(-1);
      return last?.counts[0] === changes;
    });
  }
  expect(reads(1)).toBe(before + 5);
  await eventually("the halt", () => tally.metrics().partitions[1]?.state === "halted");
  expect(tally.metrics().partitions[1]).toMatchObject({
    position: 1,
    halted: "election halted, partition 1, position 1: wrong checksum",
  });
  await tally.stop();
});
