import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  assignPartitions,
  decodeClaim,
  encodeClaim,
} from "../../../../../src/runtime/log/kafka/consume/assignment.js";

const claim = fc.record({
  generation: fc.integer({ min: -1, max: 20 }),
  partitions: fc.array(fc.integer({ min: -2, max: 40 }), { maxLength: 40 }),
});
const claims = fc
  .dictionary(fc.string({ minLength: 1 }), claim, { minKeys: 1, maxKeys: 9 })
  .map((record) => new Map(Object.entries(record)));

const none = { generation: -1, partitions: [] };

describe("the assignment of partitions", () => {
  it("gives every partition to exactly one member, in even shares, whatever they claim", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), claims, (partitions, claimed) => {
        const assignment = assignPartitions(partitions, claimed);
        expect([...assignment.keys()].sort()).toEqual([...claimed.keys()].sort());
        const given = [...assignment.values()].flat().sort((a, b) => a - b);
        expect(given).toEqual(Array.from({ length: partitions }, (_, index) => index));
        const shares = [...assignment.values()].map(({ length }) => length);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("moves only what evenness needs when members come and go", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }),
        (partitions, members, changes) => {
          const names = Array.from({ length: members }, (_, index) => `member-${index}`);
          let held = assignPartitions(partitions, new Map(names.map((name) => [name, none])));
          changes.forEach((joins, generation) => {
            const before = held;
            const next = new Map(
              [...before].map(([name, mine]) => [name, { generation, partitions: mine }]),
            );
            if (joins || next.size === 1) next.set(`late-${generation}`, none);
            else next.delete([...next.keys()][generation % next.size]);
            held = assignPartitions(partitions, next);
            const share = Math.ceil(partitions / next.size);
            const larger = partitions % next.size || next.size;
            for (const [name, mine] of before) {
              const after = held.get(name);
              if (after === undefined) continue;
              const kept = mine.filter((partition) => after.includes(partition)).length;
              expect(kept).toBeGreaterThanOrEqual(Math.min(mine.length, share - 1, after.length));
            }
            const full = [...held.values()].filter(({ length }) => length === share);
            expect(full).toHaveLength(larger);
          });
        },
      ),
    );
  });

  it("leaves everything in place when all come back, also after one of them had it all", () => {
    const all = { generation: 7, partitions: [0, 1, 2, 3, 4, 5, 6, 7] };
    const other = { generation: 6, partitions: [0, 1, 2, 3] };
    const claimed = new Map([
      ["a", all],
      ["b", other],
    ]);
    const assignment = assignPartitions(8, claimed);
    expect(assignment.get("b")).toEqual([0, 1, 2, 3]);
    expect(assignment.get("a")).toEqual([4, 5, 6, 7]);
  });

  it("believes the claim that was confirmed more recently", () => {
    const claimed = new Map([
      ["a", { generation: 3, partitions: [0] }],
      ["b", { generation: 4, partitions: [0] }],
    ]);
    expect(assignPartitions(1, claimed).get("b")).toEqual([0]);
  });
});

describe("a claim in a member's metadata", () => {
  it("comes back as it was written", () => {
    const written = { generation: 12, partitions: [0, 5, 1_023] };
    expect(decodeClaim(encodeClaim(written))).toEqual(written);
  });

  it.each([[null], [undefined], [Buffer.alloc(0)], [Buffer.from("abc")], [Buffer.from("abcde")]])(
    "is none at all when it is %o",
    (bytes) => {
      expect(decodeClaim(bytes)).toEqual(none);
    },
  );
});
