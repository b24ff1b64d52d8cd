import { describe, expect, it } from "vitest";
import { closeFrame, openFrame } from "../../../src/runtime/core/formats/frame.js";
import { closeElection } from "../../../src/runtime/elections/closing.js";
import {
  createAndStore,
  onlyOpenElection,
  openElection,
  requireElection,
} from "../../../src/runtime/elections/elections.js";
import { finalTally, untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { SkippingClock } from "../../helpers/test-clock.js";

const draft = {
  id: "e",
  title: "E",
  candidates: [
    { id: "a", name: "A" },
    { id: "b", name: "B" },
  ],
  partitions: 3,
};

async function markers(engine: Awaited<ReturnType<typeof openTestEngine>>): Promise<number[]> {
  const counts: number[] = [];
  for (let partition = 0; partition < draft.partitions; partition++) {
    const records = await engine.log.read("e", partition, 0, 1_000_000);
    counts.push(records.filter(({ bytes }) => openFrame(bytes, "here").kind === closeFrame).length);
  }
  return counts;
}

describe("an election's life", () => {
  it("has as many partitions as asked for, or as its engine needs", async () => {
    const engine = await openTestEngine();
    const { partitions: _, ...silent } = draft;
    const here = localAdmin(engine, new SkippingClock(1));
    const cluster = localAdmin({ ...engine, name: "cluster" }, new SkippingClock(1));
    expect(await here.create(draft, "ada")).toMatchObject({ partitions: 3 });
    expect(await here.create({ ...silent, id: "f" }, "ada")).toMatchObject({ partitions: 8 });
    expect(await cluster.create({ ...silent, id: "g" }, "ada")).toMatchObject({ partitions: 32 });
  });

  it("makes a key of its own for each, and none for one that is refused", async () => {
    const engine = await openTestEngine();
    const election = await createAndStore(engine, draft, 1);
    expect(await engine.keys.electionKey(election)).toHaveLength(32);
    let keys = 0;
    const counting = {
      ...engine,
      keys: {
        ...engine.keys,
        async createElectionKey() {
          keys++;
          return engine.keys.createElectionKey();
        },
      },
    };
    await expect(createAndStore(counting, draft, 1)).rejects.toMatchObject({
      code: "election-exists",
    });
    await expect(createAndStore(counting, { ...draft, id: "-" }, 1)).rejects.toMatchObject({
      code: "invalid-election",
    });
    expect(keys).toBe(0);
  });

  it("ends in every partition with a marker, again until all are sealed", async () => {
    const engine = await openTestEngine();
    await createAndStore(engine, draft, 1);
    const clock = new SkippingClock(3);
    await expect(closeElection(engine, "e", { clock })).rejects.toMatchObject({
      code: "invalid-transition",
    });
    expect(await openElection(engine, "e", 2)).toMatchObject({ status: "open", openedAt: 2 });
    expect(await closeElection(engine, "e", { clock })).toMatchObject({
      status: "closed",
      closesAt: 1_003,
      closedAt: clock.wallClock(),
    });
    expect(await markers(engine)).toEqual([1, 1, 1]);
    // As after a crash between the status and the markers: nothing is sealed yet.
    expect(await closeElection(engine, "e", { clock })).toMatchObject({ closesAt: 1_003 });
    expect(await markers(engine)).toEqual([2, 2, 2]);
    const tally = await startTally(engine);
    const election = await requireElection(engine, "e");
    expect(await untilTallied(engine, election, 15_000)).toBe(true);
    await tally.stop();
    await closeElection(engine, "e", { clock });
    expect(await markers(engine)).toEqual([2, 2, 2]);
    expect(await finalTally(engine, election)).toEqual({
      election: "e",
      result: [
        { candidate: "a", votes: 0 },
        { candidate: "b", votes: 0 },
      ],
      counted: 0,
      rejected: {},
      retriesAbsorbed: 0,
    });
  });

  it("says so when the view does not catch up", async () => {
    const engine = await openTestEngine();
    const election = await createAndStore(engine, draft, 1);
    await openElection(engine, "e", 2);
    expect(await untilTallied(engine, election, 0)).toBe(true);
    await closeElection(engine, "e", { clock: new SkippingClock() });
    expect(await untilTallied(engine, election, 0)).toBe(false);
  });
});

describe("the election that a command means without naming one", () => {
  it("is the only open one", async () => {
    const engine = await openTestEngine();
    const unclear = { code: "invalid-usage" };
    await expect(requireElection(engine, "e")).rejects.toMatchObject({ code: "unknown-election" });
    await expect(onlyOpenElection(engine)).rejects.toMatchObject(unclear);
    for (const id of ["e", "f"]) {
      await createAndStore(engine, { ...draft, id }, 1);
      await openElection(engine, id, 2);
    }
    await expect(onlyOpenElection(engine)).rejects.toMatchObject(unclear);
    await closeElection(engine, "f", { clock: new SkippingClock() });
    expect((await onlyOpenElection(engine)).id).toBe("e");
  });
});
