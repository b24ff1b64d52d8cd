import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Bitmap } from "../../../../src/runtime/load/measure/bitmap.js";

const size = 300;
const index = fc.integer({ min: 0, max: size - 1 });
const operation = fc.oneof(
  fc.record({ from: index, length: fc.integer({ min: 0, max: 120 }) }),
  fc.record({ from: index, length: fc.constant(undefined) }),
);

describe("Bitmap", () => {
  it("is the set that the same steps make", () => {
    fc.assert(
      fc.property(fc.array(operation), fc.array(index), (operations, others) => {
        const bitmap = new Bitmap(size);
        const set = new Set<number>();
        for (const { from, length } of operations) {
          if (length === undefined) {
            expect(bitmap.add(from)).toBe(!set.has(from));
            set.add(from);
          } else {
            const to = Math.min(size, from + length);
            bitmap.addRange(from, to);
            for (let member = from; member < to; member++) set.add(member);
          }
        }
        const other = new Bitmap(size);
        for (const member of others) other.add(member);
        const missing: number[] = [];
        bitmap.forEachMissingFrom(other, (member) => missing.push(member));
        const expected = [...set].filter((member) => !others.includes(member));
        expect(missing).toEqual(expected.sort((one, two) => one - two));
        for (let member = 0; member < size; member++) {
          expect(bitmap.has(member)).toBe(set.has(member));
        }
      }),
    );
  });
});
