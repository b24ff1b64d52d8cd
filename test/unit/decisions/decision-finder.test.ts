import { describe, expect, it } from "vitest";
import { alreadyVoted, counted } from "../../../src/runtime/core/formats/decision.js";
import { DecisionFinder } from "../../../src/runtime/decisions/decision-finder.js";
import { MemoryItems, TableContent } from "../../../src/runtime/dynamodb/memory-items.js";
import { DynamoLedger } from "../../../src/runtime/ledger/dynamodb.js";
import { ballotOf, numbered } from "../../helpers/data/ballots.js";
import {
  type DraftSegment,
  electionOf,
  encodeChain,
  honestChain,
  storeChain,
} from "../../helpers/data/chains.js";
import { ledgerWith } from "../../helpers/faulty-ledger.js";
import { SkippingClock } from "../../helpers/test-clock.js";

const election = electionOf("demo", 3, 1);
const ballots = (from: number, count: number, decision = counted) =>
  Array.from({ length: count }, (_, at) => ({ ballot: ballotOf(from + at, from + at), decision }));

/** The real adapter over items in memory, which counts what is read. */
function countingLedger() {
  const ledger = new DynamoLedger(new MemoryItems(new TableContent()), "segments");
  const reads = { get: 0, last: 0, read: 0 };
  const counting = ledgerWith(ledger, {
    get(place) {
      reads.get++;
      return ledger.get(place);
    },
    last(...place) {
      reads.last++;
      return ledger.last(...place);
    },
    read(...place) {
      reads.read++;
      return ledger.read(...place);
    },
  });
  return { ledger, counting, reads };
}

async function scene(drafts: readonly DraftSegment[]) {
  const { ledger, counting, reads } = countingLedger();
  await storeChain(ledger, "demo", 0, encodeChain(drafts));
  const clock = new SkippingClock();
  const fresh = () => new DecisionFinder(counting, () => clock.now());
  const finder = fresh();
  const find = (number: number, position: number, voter = number, by = finder) =>
    by.find(election, { voterTag: numbered(voter), ballotId: numbered(number), position });
  return { ledger, reads, clock, find, fresh };
}

/** One ballot a segment, number 1 in segment 0; `width` says how many positions each covers. */
function longChain(length: number, width: (sequence: number) => number): DraftSegment[] {
  const segments = Array.from({ length }, (_, at) => ballots(at + 1, 1));
  const drafts = honestChain("demo", 0, 3, segments);
  let position = 0;
  for (const draft of drafts) {
    draft.positionFrom = position;
    position += width(draft.sequence);
    draft.positionTo = position;
  }
  return drafts;
}

const counts = (segment: number) => ({ partition: 0, decided: { decision: "counted", segment } });

describe("the look-up of a ballot", () => {
  it.each([
    ["steady", () => 3],
    ["uneven", (at: number) => 1 + ((at * 7_919) % 40)],
    ["dense and then sparse", (at: number) => (at < 1_500 ? 1 : 1_000_000)],
    ["sparse and then dense", (at: number) => (at < 1_500 ? 1_000_000 : 1)],
  ])("reads a few segments of a chain that is %s, however long", async (_, width) => {
    for (const length of [16, 256, 2_048]) {
      const drafts = longChain(length, width);
      const { reads, find, fresh } = await scene(drafts);
      const bound = 2 * Math.ceil(Math.log2(length)) + 2;
      for (let at = 0; at < length; at += length / 16) {
        const { positionTo } = drafts[at];
        const before = reads.get + reads.last;
        const first = await find(at + 1, positionTo - 1, at + 1, fresh());
        expect(first).toEqual(counts(at));
        expect(reads.get + reads.last - before).toBeLessThanOrEqual(bound);
      }
      // Who has looked around needs hardly more than the one segment.
      for (let at = 0; at < length; at += length / 16) await find(at + 1, drafts[at].positionFrom);
      const before = reads.get;
      for (let at = 0; at < length; at += length / 16) {
        expect(await find(at + 1, drafts[at].positionTo - 1)).toEqual(counts(at));
      }
      expect(reads.get - before).toBeLessThanOrEqual(16);
      expect(reads.read).toBe(0);
    }
  });

  it("forgets some of what it has seen rather than grow, and finds all the same", async () => {
    const drafts = longChain(2_000, (at) => 1 + (at % 5));
    const { find } = await scene(drafts);
    for (let step = 0; step < 2_000; step++) {
      const at = (step * 1_009) % 2_000;
      expect(await find(at + 1, drafts[at].positionFrom)).toEqual(counts(at));
    }
  });

  it("waits for the tally, and asks for the chain's end at most ten times a second", async () => {
    const [first, second] = encodeChain(longChain(2, () => 5));
    const { ledger, reads, clock, find } = await scene([]);
    const pending = { partition: 0 };
    expect(await find(1, 3)).toEqual(pending);
    await ledger.append({ election: "demo", partition: 0, sequence: 0 }, first);
    expect(await find(1, 3)).toEqual(pending);
    expect(reads.last).toBe(1);
    await clock.sleep(100);
    expect(await find(1, 3)).toEqual(counts(0));
    expect(await find(2, 5)).toEqual(pending);
    expect(reads.last).toBe(2);
    await ledger.append({ election: "demo", partition: 0, sequence: 1 }, second);
    await clock.sleep(100);
    expect(await find(2, 5)).toEqual(counts(1));
    expect(await find(1, 0)).toEqual(counts(0));
    expect(await find(1, 10)).toEqual(pending);
    expect(reads).toEqual({ get: 0, last: 3, read: 0 });
  });

  it("shares one read among all who ask at the same time", async () => {
    const { reads, find } = await scene(longChain(2, () => 5));
    const all = await Promise.all(Array.from({ length: 100 }, () => find(1, 4)));
    expect(all).toEqual(all.map(() => counts(0)));
    expect(reads).toEqual({ get: 1, last: 1, read: 0 });
  });

  it("refuses to look for more than 256 at once", async () => {
    const { find } = await scene(longChain(2, () => 5));
    const all = await Promise.allSettled(Array.from({ length: 300 }, () => find(1, 4)));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(256);
    expect(all.at(-1)).toMatchObject({ reason: { code: "overloaded" } });
    expect(await find(1, 4)).toEqual(counts(0));
  });
});

describe("what a look-up says", () => {
  const unknown = { code: "unknown-ballot" };

  it("tells a rejected ballot from a counted one, and nobody without the voter tag", async () => {
    const voted = { ballot: ballotOf(1, 50), decision: alreadyVoted };
    const { find } = await scene(honestChain("demo", 0, 3, [ballots(1, 3), [voted]]));
    expect(await find(50, 1, 1)).toEqual({
      partition: 0,
      decided: { decision: "already-voted", segment: 1 },
    });
    expect(await find(2, 0)).toEqual(counts(0));
    await expect(find(2, 0, 3)).rejects.toMatchObject(unknown);
    await expect(find(60, 0, 1)).rejects.toMatchObject(unknown);
    await expect(find(2, 1)).rejects.toMatchObject(unknown);
  });

  it("finds where a ballot stood that came again, and looks only where one did", async () => {
    const drafts = longChain(700, () => 1);
    for (const { sequence } of drafts.slice(600)) drafts[sequence].retriesAbsorbed = 1;
    const { find, reads } = await scene(drafts);
    expect(await find(600, 600)).toEqual(counts(599));
    expect(await find(150, 600)).toEqual(counts(149));
    await expect(find(5_000, 600)).rejects.toMatchObject(unknown);
    expect(reads.read).toBeGreaterThan(0);
    reads.read = 0;
    for (const position of [599, 601]) {
      await expect(find(150, position)).rejects.toMatchObject(unknown);
    }
    expect(reads.read).toBe(0);
  });

  it("names damage, and never calls it a ballot that is not there", async () => {
    const elsewhere = longChain(3, () => 5);
    elsewhere[1].sequence = 2;
    const moved = await scene(elsewhere);
    await expect(moved.find(2, 7)).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("election demo, partition 0, segment 1: "),
    });
    const gap = longChain(3, () => 5);
    gap[1].positionTo = 9;
    const torn = await scene(gap);
    await expect(torn.find(2, 9)).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("positions"),
    });
  });
});
