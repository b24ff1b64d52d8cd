import { describe, expect, it } from "vitest";
import { closeFrame, openFrame } from "../../../src/runtime/core/formats/frame.js";
import { closeMarkers } from "../../../src/runtime/elections/close-markers.js";
import { closeElection } from "../../../src/runtime/elections/closing.js";
import {
  actorOf,
  createAndStore,
  onlyOpenElection,
  openElection,
  requireElection,
} from "../../../src/runtime/elections/elections.js";
import { finalTally, untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { systemChance } from "../../../src/runtime/time/chance.js";
import type { PartitionView } from "../../../src/runtime/view/port.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { refusalOf } from "../../helpers/refusal.js";
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
    const twice = await refusalOf(() => createAndStore(counting, draft, 1));
    expect(twice).toMatchObject({ code: "election-exists", message: "Election e exists already." });
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

describe("an id under which something stands already", () => {
  const actor = "ada";
  it("takes no new election, and says what is where", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "was", 12);
    await engine.log.append(await closeMarkers(engine.keys, election, systemChance));
    const registry = passedThrough(engine.registry, { get: async () => undefined });
    const partitions = async () => [0, 2];
    const ledger = passedThrough(engine.ledger, { partitions });
    const lost = { ...engine, registry };
    const inLog = await refusalOf(() => createAndStore(lost, { ...draft, id: "was" }, 1, actor));
    expect(inLog.code).toBe("leftover-evidence");
    expect(inLog.message).toBe(
      "The log already holds records under the id was, in partition 0, 1, 2, 3, 4, 5, 6, 7, ….",
    );
    const inLedger = await refusalOf(() => createAndStore({ ...lost, ledger }, draft, 1, actor));
    expect(inLedger.message).toBe(
      "The ledger already holds segments under the id e, in partition 0, 2.",
    );
    const eight = passedThrough(engine.log, { partitions: async () => [0, 1, 2, 3, 4, 5, 6, 7] });
    const exactly = await refusalOf(() => createAndStore({ ...lost, log: eight }, draft, 1));
    expect(exactly.message).toMatch(/in partition 0, 1, 2, 3, 4, 5, 6, 7\.$/);
  });

  it("is not opened over it, unless someone else has just opened it", async () => {
    const engine = await openTestEngine();
    const drafted = await createAndStore(engine, draft, 1);
    const ledger = passedThrough(engine.ledger, { partitions: async () => [1] });
    const over = () => openElection({ ...engine, ledger }, "e", 2);
    expect(await refusalOf(over)).toMatchObject({ code: "leftover-evidence" });
    expect(await requireElection(engine, "e")).toEqual(drafted);
    // Its first ballots are there because the other one opened it after this one read it.
    const raced = passedThrough(engine.ledger, {
      async partitions() {
        await openElection(engine, "e", 2);
        return [1];
      },
    });
    const second = await refusalOf(() => openElection({ ...engine, ledger: raced }, "e", 3));
    expect(second.code).toBe("election-changed");
    expect(await requireElection(engine, "e")).toMatchObject({ status: "open", openedAt: 2 });
  });
});

it("is opened only as it was read, by whoever says so", async () => {
  const engine = await openTestEngine();
  const { revision } = await createAndStore(engine, draft, 1);
  const refusal = await refusalOf(() => openElection(engine, "e", 2, "schedule", revision + 1));
  expect(refusal.code).toBe("election-changed");
  expect(refusal.message).toContain("Election e has changed");
  const open = await openElection(engine, "e", 2, "schedule", revision);
  expect(open).toMatchObject({ status: "open", revision: revision + 1 });
  const { changes } = await engine.registry.history("e");
  expect(changes.at(-1)).toMatchObject({ by: "schedule", at: 2 });
  expect(actorOf(undefined, 2)).toBeUndefined();
});

describe("the figures of an election", () => {
  const figures = (partition: number, position: number): PartitionView => ({
    ...{ partition, sequence: 0, position, counts: [partition + 1, 10] },
    ...{ rejections: [0, partition, 0, 2], retriesAbsorbed: 5, sealed: false },
  });

  it("are the sums of its partitions", async () => {
    const engine = await openTestEngine();
    const election = await createAndStore(engine, draft, 1);
    expect(await finalTally(engine, election)).toMatchObject({ counted: 0, rejected: {} });
    for (const partition of [0, 1, 2]) await engine.view.set("e", figures(partition, 1));
    expect(await finalTally(engine, election)).toEqual({
      election: "e",
      result: [
        { candidate: "a", votes: 6 },
        { candidate: "b", votes: 30 },
      ],
      counted: 36,
      rejected: { "election-closed": 3, "wrong-partition": 6 },
      retriesAbsorbed: 15,
    });
  });

  it("cover the log once every partition that has records is as far as it is", async () => {
    const engine = await openTestEngine();
    const election = await createAndStore(engine, draft, 1);
    await engine.log.createTopic({ election: "e", partitions: 3 });
    const [first, , third] = await closeMarkers(engine.keys, election, systemChance);
    for (const marker of [first, third, third]) await engine.log.append([marker]);
    const clock = new SkippingClock(0);
    const covered = () => untilTallied(engine, election, 30, clock);
    expect(await covered()).toBe(false);
    // It looked until then, and not much longer.
    expect(clock.now()).toBeGreaterThan(30);
    expect(clock.now()).toBeLessThanOrEqual(50);
    await engine.view.set("e", figures(0, 1));
    expect(await covered()).toBe(false);
    await engine.view.set("e", figures(2, 1));
    expect(await covered()).toBe(false);
    await engine.view.replace("e", figures(2, 2));
    expect(await covered()).toBe(true);
  });
});

describe("the election that a command means without naming one", () => {
  it("is the only open one", async () => {
    const engine = await openTestEngine();
    const missing = await refusalOf(() => requireElection(engine, "e".repeat(200)));
    expect(missing.code).toBe("unknown-election");
    expect(missing.message).toBe(`There is no election ${"e".repeat(80)}.`);
    const none = await refusalOf(() => onlyOpenElection(engine));
    expect(none).toMatchObject({ code: "invalid-usage" });
    expect(none.message).toMatch(/^No election is open/);
    expect(none.hint).toContain("vote election open");
    for (const id of ["e", "f"]) {
      await createAndStore(engine, { ...draft, id }, 1);
      await openElection(engine, id, 2);
    }
    const unclear = await refusalOf(() => onlyOpenElection(engine));
    expect(unclear).toMatchObject({ code: "invalid-usage" });
    expect(unclear.message).toMatch(/^2 elections are open/);
    expect(unclear.hint).toContain("vote election list");
    await closeElection(engine, "f", { clock: new SkippingClock() });
    expect((await onlyOpenElection(engine)).id).toBe("e");
  });
});
