import { describe, expect, it } from "vitest";
import type { Election } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { counted, decisionNames } from "../../../src/runtime/core/formats/decision.js";
import type { Segment } from "../../../src/runtime/core/formats/segment.js";
import type { Ledger } from "../../../src/runtime/ledger/port.js";
import { PartitionTally } from "../../../src/runtime/tally/partition-tally.js";
import type { PartitionView } from "../../../src/runtime/view/port.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import {
  type DraftSegment,
  electionOf,
  encodeChain,
  honestChain,
  storeChain,
} from "../../helpers/data/chains.js";
import { chainOf, openTestEngine } from "../../helpers/data/election.js";
import { FaultyLedger } from "../../helpers/faulty-ledger.js";

const election = "unit";
const partition = 0;

const record = electionOf(election, 3, 1);

async function workbench() {
  const { ledger: real, log } = await openTestEngine();
  const ledger = new FaultyLedger(real);
  const views: PartitionView[] = [];
  const events: string[] = [];
  const stopping = new AbortController();
  const load = (through: Ledger = ledger, of: Election = record) =>
    PartitionTally.load({
      election: of,
      reread: async () => of,
      partition,
      ledger: through,
      log,
      events: { event: (name) => events.push(name) },
      stopping: stopping.signal,
      committed: (view) => views.push(view),
    });
  const chain = () => chainOf(real, election, partition);
  /** Puts frames into the log, where a tally that loads the chain looks for the last one. */
  const keep = (...frames: Buffer[]) =>
    log.append(frames.map((bytes) => ({ election, partition, bytes })));
  return { ledger, load, views, events, stopping, chain, keep };
}

const records = (from: number, ...frames: Buffer[]) =>
  frames.map((bytes, index) => ({ position: from + index, bytes }));
const ballots = (...list: [voter: number, ballot: number, choice?: number][]) =>
  frameOf(
    election,
    partition,
    list.map(([voter, ballot, choice]) => ballotOf(voter, ballot, choice)),
  );

const twoSegments = () =>
  honestChain(election, partition, 3, [
    [{ ballot: ballotOf(1, 10), decision: counted }],
    [{ ballot: ballotOf(2, 20), decision: counted }],
  ]);

const decisionsOf = (chain: readonly Segment[]) =>
  chain.flatMap((segment) =>
    [...segment.decisions].map((decision, index) => [
      Buffer.from(readBallot(segment.ballots, index * 40).ballotId).readUInt32LE(0),
      decisionNames[decision],
    ]),
  );

describe("a partition's tally", () => {
  it("decides each ballot once and commits everything in one segment", async () => {
    const { load, chain, views } = await workbench();
    const tally = await load();
    const first = ballots([1, 10, 0], [2, 20, 1], [1, 11, 2]);
    const second = ballots([1, 10, 0], [3, 30, 9], [1, 11, 2], [4, 40, 1]);
    expect(await tally.process(records(0, first, second))).toBe("committed");
    const segments = await chain();
    expect(decisionsOf(segments)).toEqual([
      [10, "counted"],
      [20, "counted"],
      [11, "already-voted"],
      [30, "unknown-candidate"],
      [40, "counted"],
    ]);
    expect(segments).toHaveLength(1);
    expect(segments[0]).toMatchObject({ positionFrom: 0, positionTo: 2, retriesAbsorbed: 2 });
    expect(views[0]).toMatchObject({ sequence: -1, position: 0, counts: [0, 0, 0] });
    expect(views.slice(1)).toEqual([
      {
        partition,
        sequence: 0,
        position: 2,
        counts: [1, 2, 0],
        rejections: [1, 0, 1, 0],
        retriesAbsorbed: 2,
        sealed: false,
      },
    ]);
  });

  it("absorbs a ballot id that was rejected, whatever it comes with later", async () => {
    const { load, chain } = await workbench();
    const tally = await load();
    await tally.process(records(0, ballots([1, 10, 99]), ballots([1, 10, 1]), ballots([1, 11, 1])));
    expect(decisionsOf(await chain())).toEqual([
      [10, "unknown-candidate"],
      [11, "counted"],
    ]);
  });

  it("goes on from the ledger as if it had never stopped", async () => {
    const { load, chain, keep } = await workbench();
    const before = await load();
    const frames = [ballots([1, 10, 0], [1, 11, 0]), ballots([2, 20, 1])];
    await keep(...frames);
    await before.process(records(0, ...frames));
    const after = await load();
    expect(after.position).toBe(2);
    await after.process(records(2, ballots([1, 11], [1, 12], [2, 20], [5, 50])));
    expect(decisionsOf(await chain()).slice(3)).toEqual([
      [12, "already-voted"],
      [50, "counted"],
    ]);
  });

  it("seals at the marker, and rejects what comes after it", async () => {
    const { load, chain, views } = await workbench();
    const tally = await load();
    const frames = [ballots([1, 10]), markerOf(election, partition), ballots([1, 10], [2, 20])];
    await tally.process(records(0, ...frames, markerOf(election, partition)));
    const segments = await chain();
    expect(segments.map(({ sealed, positionTo }) => [sealed, positionTo])).toEqual([
      [true, 2],
      [false, 4],
    ]);
    expect(decisionsOf(segments)).toEqual([
      [10, "counted"],
      [20, "election-closed"],
    ]);
    expect(views.at(-1)).toMatchObject({ sealed: true, retriesAbsorbed: 1 });
  });

  it("cuts segments at the size limit and loses nothing at the cuts", async () => {
    const { load, chain } = await workbench();
    const tally = await load();
    const full = (from: number) =>
      ballots(...Array.from({ length: 4_000 }, (_, n): [number, number] => [from + n, from + n]));
    await tally.process(records(0, full(0), full(4_000), full(8_000), full(12_000), full(16_000)));
    const segments = await chain();
    expect(segments.map(({ ballotCount }) => ballotCount)).toEqual([8_000, 8_000, 4_000]);
    expect(segments.every(({ bytes }) => bytes.length <= 350 * 1_024)).toBe(true);
    expect(segments.at(-1)?.counts).toEqual([20_000, 0, 0]);
  });
});

describe("a partition's tally, when the ledger fails", () => {
  it("repeats the same segment until the ledger takes it", async () => {
    const { ledger, load, chain, events } = await workbench();
    const tally = await load();
    let failures = 3;
    ledger.beforeAppend = async () => {
      if (failures-- > 0) throw new VoteError("ledger-unavailable", "planted");
    };
    expect(await tally.process(records(0, ballots([1, 10])))).toBe("committed");
    expect(events.filter((name) => name === "ledger-retry")).toHaveLength(3);
    expect(decisionsOf(await chain())).toEqual([[10, "counted"]]);
  });

  it("knows its own write again when the answer was lost", async () => {
    const { ledger, load, chain } = await workbench();
    const tally = await load();
    let lost = false;
    ledger.afterAppend = async () => {
      if (!lost) {
        lost = true;
        throw new VoteError("ledger-unavailable", "answer lost");
      }
    };
    expect(await tally.process(records(0, ballots([1, 10])))).toBe("committed");
    ledger.afterAppend = async () => undefined;
    expect(await tally.process(records(1, ballots([1, 10], [2, 20])))).toBe("committed");
    expect(decisionsOf(await chain())).toEqual([
      [10, "counted"],
      [20, "counted"],
    ]);
  });

  it("stops as a zombie when another tally has written its sequence", async () => {
    const { load, chain } = await workbench();
    const zombie = await load();
    const successor = await load();
    expect(await successor.process(records(0, ballots([1, 10]), ballots([2, 20])))).toBe(
      "committed",
    );
    expect(await zombie.process(records(0, ballots([1, 10])))).toBe("fenced");
    expect(decisionsOf(await chain())).toEqual([
      [10, "counted"],
      [20, "counted"],
    ]);
  });

  it("gives up a commit in doubt when it is stopped, and the next one settles it", async () => {
    const { ledger, load, chain, stopping, keep } = await workbench();
    const tally = await load();
    await keep(ballots([1, 10]));
    ledger.afterAppend = async () => {
      stopping.abort();
      throw new VoteError("ledger-unavailable", "answer lost");
    };
    await expect(tally.process(records(0, ballots([1, 10])))).rejects.toThrow("answer lost");
    ledger.afterAppend = async () => undefined;
    const next = await load();
    expect(next.position).toBe(1);
    expect(decisionsOf(await chain())).toEqual([[10, "counted"]]);
  });
});

describe("a partition's tally, when something is damaged", () => {
  it("commits what stands before a damaged frame, names its place, and stops there", async () => {
    const { load, chain, views } = await workbench();
    const tally = await load();
    const damaged = ballots([2, 20]);
    damaged[240] ^= 1;
    const process = tally.process(records(7, ballots([1, 10]), damaged, ballots([3, 30])));
    await expect(process).rejects.toMatchObject({
      code: "corrupt-frame",
      message: expect.stringContaining("election unit, partition 0, position 8"),
    });
    expect(decisionsOf(await chain())).toEqual([[10, "counted"]]);
    expect(views.at(-1)).toMatchObject({ position: 8, counts: [1, 0, 0] });
  });

  it("passes over a frame of another election, instance or partition, and says so", async () => {
    const { load, chain, events } = await workbench();
    const tally = await load();
    const strays = [
      frameOf("other", partition, [ballotOf(1, 10)]),
      frameOf(election, 1, [ballotOf(1, 10)]),
      frameOf({ id: election, instance: "0f".repeat(16) }, partition, [ballotOf(1, 10)]),
    ];
    expect(await tally.process(records(0, ...strays, ballots([2, 20])))).toBe("committed");
    const [segment] = await chain();
    expect(segment.refused.map(({ position, reason }) => [position, reason])).toEqual([
      [0, "wrong-election"],
      [1, "wrong-partition"],
      [2, "wrong-instance"],
    ]);
    expect(decisionsOf([segment])).toEqual([[20, "counted"]]);
    expect(events.filter((name) => name === "refused")).toHaveLength(3);
  });

  it("refuses to go on from a chain that does not hold", async () => {
    const { ledger, load, chain } = await workbench();
    const tally = await load();
    await tally.process(records(0, ballots([1, 10])));
    const [{ bytes }] = await chain();
    await ledger.append({ election, partition, sequence: 1 }, bytes);
    await expect(load()).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("partition 0, segment 1"),
    });
  });

  it.each<[string, (chain: DraftSegment[]) => void]>([
    ["another election", ([, second]) => Object.assign(second, { election: "other" })],
    ["another partition", ([, second]) => Object.assign(second, { partition: 1 })],
    ["another sequence", ([, second]) => Object.assign(second, { sequence: 2 })],
    ["a gap in the log", ([, second]) => Object.assign(second, { positionFrom: 2, positionTo: 3 })],
    ["another instance", ([, second]) => Object.assign(second, { instance: Buffer.alloc(16) })],
    [
      "another definition",
      ([first]) => Object.assign(first, { definitionHash: Buffer.alloc(32, 1) }),
    ],
    ["a gap in the beginning", ([first]) => Object.assign(first, { positionFrom: 1 })],
  ])("refuses a chain with %s, hashes and all", async (_what, forge) => {
    const { ledger, load } = await workbench();
    const chain = twoSegments();
    forge(chain);
    await storeChain(ledger, election, partition, encodeChain(chain));
    await expect(load()).rejects.toMatchObject({ code: "corrupt-segment" });
  });

  it("refuses a chain of an election whose candidates have been swapped or renamed", async () => {
    const { load, keep } = await workbench();
    const tally = await load();
    await keep(ballots([1, 10]));
    await tally.process(records(0, ballots([1, 10])));
    const [first, second, third] = record.candidates;
    for (const candidates of [
      [second, first, third],
      [{ ...first, name: second.name }, second, third],
    ]) {
      await expect(load(undefined, { ...record, candidates })).rejects.toMatchObject({
        code: "corrupt-segment",
        message: expect.stringContaining("segment 0: it was made by another definition"),
      });
    }
    expect((await load()).position).toBe(1);
  });

  it.each<[string, (frames: Buffer[]) => Buffer[], string]>([
    ["emptied", () => [], "partition 0, position 1: the log ends at 0;"],
    ["cut short", ([first]) => [first], "position 1: the log ends at 1;"],
    ["another one", () => [ballots([5, 50]), ballots([6, 60])], "position 1: another record"],
    ["in another order", ([first, second]) => [second, first], "position 1: another record"],
  ])("does not go on over a log that is %s", async (_what, change, message) => {
    const { load, keep } = await workbench();
    const tally = await load();
    const frames = [ballots([1, 10]), ballots([2, 20])];
    await tally.process(records(0, ...frames));
    await keep(...change(frames));
    await expect(load()).rejects.toMatchObject({
      code: "corrupt-log",
      exitCode: 3,
      message: expect.stringContaining(message),
    });
  });

  it("refuses a segment behind another one than it was made for", async () => {
    const { ledger, load } = await workbench();
    const other = twoSegments();
    other[0].retriesAbsorbed = 1;
    const [first] = encodeChain(other);
    const [, second] = encodeChain(twoSegments());
    await storeChain(ledger, election, partition, [first, second]);
    await expect(load()).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("partition 0, segment 1: it does not continue the chain"),
    });
  });
});
