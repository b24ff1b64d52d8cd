import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DedupTable,
  otherBallot,
  sameBallot,
  unseen,
} from "../../../../src/runtime/core/fold/dedup-table.js";
import { ballotWords } from "../../../../src/runtime/core/formats/ballot.js";

/** Ballots as words; the receipt words are noise that no table may look at. */
function wordsFor(ballots: readonly (readonly number[])[]): Int32Array {
  const words = new Int32Array(ballots.length * ballotWords).fill(-7);
  ballots.forEach((ballot, index) => {
    words.set(ballot, index * ballotWords);
  });
  return words;
}

/** What a table must do, written naively: the tag's compared words to the first ballot id. */
function expectVotersLikeMap(ballots: readonly (readonly number[])[]): void {
  const words = wordsFor(ballots);
  const table = new DedupTable();
  const model = new Map<string, string>();
  ballots.forEach((ballot, index) => {
    const tag = ballot.slice(0, 4).join();
    const ballotId = ballot.slice(4, 8).join();
    const first = model.get(tag);
    const answer = first === undefined ? unseen : first === ballotId ? sameBallot : otherBallot;
    if (table.find(words, index * ballotWords) !== answer) expect.fail(`find ${ballot}`);
    if (table.add(words, index * ballotWords) !== answer) expect.fail(`add ${ballot}`);
    if (first === undefined) model.set(tag, ballotId);
  });
  expect(table.size).toBe(model.size);
}

const most = 16;

/** The same for a few ballots a voter: the tag to its ballot ids, `most` of them. */
function expectBallotsLikeSets(ballots: readonly (readonly number[])[]): void {
  const words = wordsFor(ballots);
  const table = new DedupTable();
  const model = new Map<string, Set<string>>();
  ballots.forEach((ballot, index) => {
    const at = index * ballotWords;
    const tag = ballot.slice(0, 4).join();
    const id = ballot.slice(4, 8).join();
    const ids = model.get(tag) ?? new Set();
    model.set(tag, ids);
    if (table.hasBallot(words, at) !== ids.has(id)) expect.fail(`has ${ballot}`);
    const answer = ids.has(id) ? sameBallot : ids.size < most ? unseen : otherBallot;
    if (table.addBallot(words, at, most) !== answer) expect.fail(`add ${ballot}`);
    if (answer === unseen) ids.add(id);
  });
  expect(table.size).toBe([...model.values()].reduce((sum, ids) => sum + ids.size, 0));
}

/** What `bytes` claims, found by looking at every typed array that the table holds. */
function heldBytes(table: DedupTable): number {
  const arrays = Object.values(table)
    .flat(2)
    .filter((value) => value instanceof Int32Array);
  return arrays.reduce((sum, array) => sum + array.byteLength, 0);
}

/** 32-bit words, often the ones that could be taken for an empty slot or share a home. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, -1, -2, 0x7fff_ffff, -0x8000_0000),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
);
/** Word 0 places the partition and word 3 mostly the shard: the others must tell voters apart. */
const ballot = fc
  .tuple(word, word, fc.tuple(word, word, word, word))
  .map(([first, second, id]) => [5, first, second, 9, ...id]);

describe("a dedup table of voters", () => {
  it("answers like a map from tag to ballot id", () => {
    fc.assert(fc.property(fc.array(ballot, { maxLength: 400 }), expectVotersLikeMap));
  });

  it("stays right over many growths, with retries and second ballots throughout", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const ballots = Array.from({ length: 60_000 }, (_, index) => {
          const voter = index % 7 === 6 ? index >> 1 : index;
          const id = index % 14 === 13 ? 1 : 0;
          return [3, scatter(voter, seed), scatter(voter, ~seed), scatter(voter, 5), id, 0, 0, 8];
        });
        expectVotersLikeMap(ballots);
      }),
      { numRuns: 5 },
    );
  });

  it("keeps apart tags that share all but one compared bit, small and large", () => {
    const ballots: number[][] = [];
    for (let bit = 0; bit < 32; bit++) ballots.push([0, 1 << bit, 0, 0, 0, 0, 0, 0]);
    for (let bit = 0; bit < 32; bit++) ballots.push([0, 0, 1 << bit, 0, 0, 0, 0, 0]);
    const crowd = Array.from({ length: 20_000 }, (_, n) => [
      0,
      scatter(n, 1),
      scatter(n, 2),
      n,
      0,
      0,
      0,
      0,
    ]);
    expectVotersLikeMap([[0, 0, 0, 0, 0, 0, 0, 0], ...ballots, ...crowd, ...ballots]);
    expectVotersLikeMap([...crowd, [0, 0, 0, 0, 0, 0, 0, 0], ...ballots, ...ballots]);
  });

  it("survives a crowd that shares one home", () => {
    const crowd = Array.from({ length: 3_000 }, (_, n) => [0, n & 1, n, 0, n, 0, 0, 0]);
    expectVotersLikeMap([...crowd, ...crowd]);
  });

  it("tells ballot ids apart by every single bit", () => {
    const ids = Array.from({ length: 128 }, (_, bit) => {
      const id = [0, 0, 0, 0];
      id[bit >> 5] = 1 << (bit & 31);
      return [1, 2, 3, 4, ...id];
    });
    expectVotersLikeMap([[1, 2, 3, 4, 0, 0, 0, 0], ...ids]);
    expectBallotsLikeSets([...ids, ...ids]);
  });

  it("is not changed by a prefetch", () => {
    const words = wordsFor(Array.from({ length: 9 }, (_, n) => [0, n * 7, n, n, 0, 0, 0, n]));
    const table = new DedupTable();
    table.prefetch(words, 0, 9);
    expect(table.size).toBe(0);
    for (let at = 0; at < words.length; at += ballotWords) {
      expect(table.find(words, at)).toBe(unseen);
      expect(table.add(words, at)).toBe(unseen);
      table.prefetch(words, 0, 9);
      expect(table.find(words, at)).toBe(sameBallot);
    }
  });

  it("costs little when empty, and at most 32 bytes a voter from 100,000 on", () => {
    const table = new DedupTable();
    expect(heldBytes(table)).toBeLessThan(2_048);
    const words = new Int32Array(ballotWords);
    for (let voter = 0; voter < 400_000; voter++) {
      for (let at = 0; at < 8; at++) words[at] = scatter(voter, at);
      table.add(words, 0);
      if (voter >= 100_000 && voter % 5_000 === 0) {
        expect(heldBytes(table) / table.size).toBeLessThan(32);
      }
      if (voter % 777 === 0) {
        expect(table.bytes).toBe(heldBytes(table));
      }
    }
    expect(table.size).toBe(400_000);
  });
});

describe("a dedup table of rejected ballots", () => {
  it("answers like a set of ballot ids for each tag, up to a number of them", () => {
    const few = ballot.map(([one, , , two, ...id]) => [one, 1, id[0] & 1, two, ...id]);
    fc.assert(fc.property(fc.array(ballot, { maxLength: 400 }), expectBallotsLikeSets));
    fc.assert(fc.property(fc.array(few, { maxLength: 400 }), expectBallotsLikeSets));
  });

  it("takes no more of one voter, whatever the ids have in common, and forgets none", () => {
    const counting = Array.from({ length: 4_000 }, (_, n) => [1, 2, 3, 4, 0, 0, 0, n]);
    const highBits = Array.from({ length: 4_000 }, (_, n) => [1, 9, 3, 4, n << 16, 0, n, 0]);
    expectBallotsLikeSets([...counting, ...counting]);
    expectBallotsLikeSets([...highBits, ...counting.slice(0, 100), ...highBits]);
  });

  it("stays right over many growths, with a full number of ballots of each voter", () => {
    const ballots = Array.from({ length: 80_000 }, (_, n) => {
      const voter = n % 4_000;
      return [3, scatter(voter, 1), scatter(voter, 2), scatter(voter, 3), n, 0, 0, 8];
    });
    expectBallotsLikeSets([...ballots, ...ballots.slice(0, 9_000)]);
  });
});

/** A fixed scatter of integers over 32 bits (murmur3's finalizer). */
function scatter(value: number, seed: number): number {
  let mixed = Math.imul(value ^ (seed * 0x9e3779b1), 0x85ebca6b) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
