import { describe, expect, it } from "vitest";
import { hashFourWords } from "../../../../src/runtime/core/fold/keyed-hash.js";

const rotate = (word: bigint, bits: bigint) =>
  ((word << bits) | (word >> (32n - bits))) & 0xffff_ffffn;

/** HalfSipHash-c-d with 32 bits of output, from its definition, in arbitrary precision. */
function halfSipHash(c: number, d: number, key: Buffer, message: Buffer): number {
  const k0 = BigInt(key.readUInt32LE(0));
  const k1 = BigInt(key.readUInt32LE(4));
  let v = [k0, k1, 0x6c796765n ^ k0, 0x74656462n ^ k1];
  const rounds = (count: number) => {
    for (let round = 0; round < count; round++) {
      let [v0, v1, v2, v3] = v;
      v0 = (v0 + v1) & 0xffff_ffffn;
      v1 = rotate(v1, 5n) ^ v0;
      v0 = rotate(v0, 16n);
      v2 = (v2 + v3) & 0xffff_ffffn;
      v3 = rotate(v3, 8n) ^ v2;
      v0 = (v0 + v3) & 0xffff_ffffn;
      v3 = rotate(v3, 7n) ^ v0;
      v2 = (v2 + v1) & 0xffff_ffffn;
      v1 = rotate(v1, 13n) ^ v2;
      v2 = rotate(v2, 16n);
      v = [v0, v1, v2, v3];
    }
  };
  const padded = Buffer.alloc(Math.floor(message.length / 4) * 4 + 4);
  message.copy(padded);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 4) {
    const word = BigInt(padded.readUInt32LE(at));
    v[3] ^= word;
    rounds(c);
    v[0] ^= word;
  }
  v[2] ^= 0xffn;
  rounds(d);
  return Number(v[1] ^ v[3]);
}

/** Structured ids, as a client would choose who wants them to meet in one place. */
const families: [string, (n: number) => number[]][] = [
  ["counting low", (n) => [n, 0, 0, 0]],
  ["counting high", (n) => [0, 0, 0, n << 16]],
  ["two words that cancel", (n) => [n, n, 0, 0]],
  ["two words that add to nothing", (n) => [n, 0, -n, 0]],
  ["multiples of a power of two", (n) => [0, Math.imul(n, 4_096), 0, 0]],
];

describe("the keyed hash of a ballot id", () => {
  it("is HalfSipHash-1-3", () => {
    // The model above, by the first two published vectors of HalfSipHash-2-4.
    const key = Buffer.from("0001020304050607", "hex");
    expect(halfSipHash(2, 4, key, Buffer.alloc(0))).toBe(0x5b9f35a9);
    expect(halfSipHash(2, 4, key, Buffer.alloc(1))).toBe(0xb85a4727);
    const bytes = Buffer.from(Array.from({ length: 24 }, (_, index) => index * 37));
    for (let turn = 0; turn < 24; turn++) {
      bytes[turn] ^= 0x5a;
      const words = new Int32Array(6);
      for (let word = 0; word < 6; word++) words[word] = bytes.readInt32LE(word * 4);
      const expected = halfSipHash(1, 3, bytes.subarray(0, 8), bytes.subarray(8));
      expect(hashFourWords(words[0], words[1], words, 2) >>> 0).toBe(expected);
    }
  });

  it.each(families)("spreads ids %s like any others", (_, idOf) => {
    const buckets = 1_024;
    for (const [key0, key1] of [
      [0, 0],
      [123_456_789, -987_654_321],
    ]) {
      const low = new Array<number>(buckets).fill(0);
      const high = new Array<number>(buckets).fill(0);
      for (let n = 0; n < 64 * buckets; n++) {
        const hashed = hashFourWords(key0, key1, Int32Array.from(idOf(n)), 0);
        low[hashed & (buckets - 1)]++;
        high[hashed >>> 22]++;
      }
      // 64 expected in each, standard deviation 8.
      expect(Math.max(...low, ...high)).toBeLessThan(64 + 8 * 7);
      expect(Math.min(...low, ...high)).toBeGreaterThan(64 - 8 * 7);
    }
  });
});
