import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DedupTable,
  type FrozenTable,
  otherBallot,
  sameBallot,
  unseen,
} from "../../../../src/runtime/core/fold/dedup-table.js";
import { ballotWords } from "../../../../src/runtime/core/formats/ballot.js";

/** Ballots of voters numbered from 0, each with a tag and a ballot id of its own. */
function ballotsOf(voters: number): Int32Array {
  const words = new Int32Array(voters * ballotWords);
  for (let voter = 0; voter < voters; voter++) {
    for (let at = 0; at < 8; at++) words[voter * ballotWords + at] = scatter(voter, at);
  }
  return words;
}

const mostVoters = 60_000;
const words = ballotsOf(mostVoters);

const addAll = (table: DedupTable, from: number, to: number) => {
  for (let voter = from; voter < to; voter++) table.add(words, voter * ballotWords);
};

/** As if it had been written down at once and read again. */
const copied = ({ entries, arrays }: FrozenTable): FrozenTable => ({
  entries,
  arrays: arrays.map((array) => array.slice()),
});

const bytesOf = ({ arrays }: FrozenTable) =>
  Buffer.concat(arrays.map(({ buffer }) => new Uint8Array(buffer)));

/** Each voter up to `held` is in the table, and none of the others. */
function expectHolds(table: DedupTable, held: number): void {
  expect(table.size).toBe(held);
  for (let voter = 0; voter < mostVoters; voter++) {
    const at = voter * ballotWords;
    const answer = table.find(words, at);
    if (answer !== (voter < held ? sameBallot : unseen)) expect.fail(`voter ${voter}: ${answer}`);
  }
}

/** Around where the table doubles, gets another chunk, and gets its shards. */
const size = fc.oneof(
  fc.constantFrom(0, 1, 15, 16, 4_094, 4_095, 4_096, 16_382, 16_383, 16_384, 20_479, 20_480),
  fc.nat(50_000),
);

describe("a dedup table that was frozen", () => {
  it("is what it was at that moment, whatever is added while it is written down", () => {
    fc.assert(
      fc.property(size, fc.nat(mostVoters), (held, later) => {
        const table = new DedupTable();
        addAll(table, 0, held);
        const frozen = table.freeze();
        const atOnce = copied(frozen);
        addAll(table, held, Math.max(held, later));
        expect(bytesOf(frozen).equals(bytesOf(atOnce))).toBe(true);
        expectHolds(DedupTable.from(frozen), held);
        expectHolds(table, Math.max(held, later));
      }),
      { numRuns: 20 },
    );
  });

  it("goes on after its return like the table itself, again and again", () => {
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
        let table = new DedupTable();
        for (const held of [...sizes].sort((one, other) => one - other)) {
          addAll(table, table.size, held);
          const frozen = copied(table.freeze());
          table.thaw();
          table = DedupTable.from(frozen);
        }
        addAll(table, table.size, mostVoters);
        expectHolds(table, mostVoters);
        words[4] ^= 1;
        expect(table.find(words, 0)).toBe(otherBallot);
        words[4] ^= 1;
      }),
      { numRuns: 10 },
    );
  });

  it("costs as many bytes as it says", () => {
    for (const held of [0, 300, 20_000, 50_000]) {
      const table = new DedupTable();
      addAll(table, 0, held);
      const frozen = table.freeze();
      addAll(table, held, held + 3_000);
      const bytes = frozen.arrays.reduce((sum, array) => sum + array.byteLength, 0);
      expect(DedupTable.from(frozen).bytes).toBe(bytes);
    }
  });

  it("is not made of anything else", () => {
    const table = new DedupTable();
    addAll(table, 0, 20_000);
    const { entries, arrays } = table.freeze();
    for (const wrong of [[], arrays.slice(1), arrays.slice(0, -1), arrays.slice(0, 2)]) {
      expect(() => DedupTable.from({ entries, arrays: wrong })).toThrow(RangeError);
    }
  });
});

/** A fixed scatter of integers over 32 bits (murmur3's finalizer). */
function scatter(value: number, seed: number): number {
  let mixed = Math.imul(value ^ (seed * 0x9e3779b1), 0x85ebca6b) ^ seed;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
