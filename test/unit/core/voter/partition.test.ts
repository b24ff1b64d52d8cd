import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partitionOf } from "../../../../src/runtime/core/voter/partition.js";

describe("the partition of a voter tag", () => {
  it("is the first word, unsigned, modulo the partitions", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const tag = Buffer.from(bytes);
        for (const partitions of [1, 2, 3, 8, 64, 1_000, 1_024]) {
          const expected = Number(BigInt(tag.readUInt32LE(0)) % BigInt(partitions));
          expect(partitionOf(tag.readInt32LE(0), partitions)).toBe(expected);
          expect(partitionOf(tag.readUInt32LE(0), partitions)).toBe(expected);
        }
      }),
    );
  });

  it("spreads evenly over any number of partitions", () => {
    const partitions = 7;
    const hits = new Array<number>(partitions).fill(0);
    for (let n = 0; n < 70_000; n++) hits[partitionOf(Math.imul(n, 0x9e3779b1), partitions)]++;
    for (const count of hits) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});
