import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChunkJournal } from "../../../../src/runtime/load/measure/journal.js";

describe("ChunkJournal", () => {
  it("finds each ballot's chunk, in whatever order the answers came", () => {
    const chunks = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(chunks, fc.infiniteStream(fc.double({ min: 0, max: 1 })), (sizes, order) => {
        let next = 0;
        const ranges = sizes.map((size, number) => {
          const from = next;
          next += size;
          return { from, to: next, number, at: order.next().value as number };
        });
        const journal = new ChunkJournal(2);
        const shuffled = [...ranges].sort((one, other) => one.at - other.at);
        for (const { from, to, number } of shuffled) journal.add(from, to, number, [number, -1]);
        for (const { from, to, number } of ranges) {
          for (const index of [from, to - 1]) {
            const found = { partition: 0, position: number, acknowledgedAt: number };
            expect(journal.find(index, 0)).toEqual(found);
            expect(journal.find(index, 1)?.position).toBeUndefined();
          }
        }
        expect(journal.find(next, 0)).toBeUndefined();
      }),
    );
    expect(new ChunkJournal(1).find(0, 0)).toBeUndefined();
  });

  it("finds what is added after a look, and nothing in a gap", () => {
    const journal = new ChunkJournal(1);
    journal.add(10, 20, 1, [5]);
    expect(journal.find(3, 0)).toBeUndefined();
    expect(journal.find(25, 0)).toBeUndefined();
    journal.add(0, 5, 2, [6]);
    expect(journal.find(3, 0)).toMatchObject({ position: 6, acknowledgedAt: 2 });
    expect(journal.find(7, 0)).toBeUndefined();
  });
});
