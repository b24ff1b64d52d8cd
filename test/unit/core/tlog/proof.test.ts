import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leafHash, MerkleTree, rootOfPath } from "../../../../src/runtime/core/formats/merkle.js";
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  type LeafRange,
  rangeHash,
} from "../../../../src/runtime/core/tlog/proof.js";
import { tileOf, tilePath } from "../../../../src/runtime/core/tlog/tile.js";
import { TileWriter } from "../../../../src/runtime/core/tlog/tile-writer.js";

/**
 * The leaves and proofs of testonly/constants.go of transparency-dev/merkle, which other
 * implementations of RFC 6962 share.
 */
const publishedLeaves = [
  ...["", "00", "10", "2021", "3031", "40414243", "5051525354555657"],
  "606162636465666768696a6b6c6d6e6f",
].map((hex) => Buffer.from(hex, "hex"));

const publishedConsistency: readonly [older: number, newer: number, proof: readonly string[]][] = [
  [1, 1, []],
  [
    1,
    8,
    [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  ],
  [
    6,
    8,
    [
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  ],
  [
    2,
    5,
    [
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  ],
];

/** A log as its tiles alone have it. */
function logOver(leaves: readonly Buffer[]) {
  const writer = new TileWriter();
  const files = new Map<string, Buffer>();
  for (const leaf of leaves) keep(writer.add(leaf));
  keep(writer.partial());
  function keep(written: ReturnType<TileWriter["partial"]>) {
    for (const { place, bytes } of written) files.set(tilePath(place), bytes);
  }
  const proof = async (ranges: readonly LeafRange[]) => {
    const hashes = ranges.map((range) =>
      rangeHash(range, async (level, { from, to }) => {
        const place = tileOf(level, from, leaves.length);
        const tile = files.get(tilePath(place));
        const start = from - place.index * 256;
        expect(tile).toHaveLength(place.width * 32);
        expect(start + to - from).toBeLessThanOrEqual(place.width);
        return (tile as Buffer).subarray(start * 32, (start + to - from) * 32);
      }),
    );
    return Buffer.concat(await Promise.all(hashes));
  };
  return { size: leaves.length, root: writer.root, proof };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => Buffer.from(`leaf ${index}`));

describe("proofs of a transparency log", () => {
  it("are the published ones", async () => {
    for (const [older, newer, hashes] of publishedConsistency) {
      const log = logOver(publishedLeaves.slice(0, newer));
      const proof = await log.proof(consistencyRanges(older, newer));
      expect(proof.toString("hex")).toBe(hashes.join(""));
      expect(isConsistent(logOver(publishedLeaves.slice(0, older)), log, proof)).toBe(true);
    }
  });

  it("show each tree up to 40 leaves to have grown from each smaller one", async () => {
    const logs = Array.from({ length: 41 }, (_, count) => logOver(numbered(count)));
    for (const newer of logs) {
      for (const older of logs.slice(0, newer.size + 1)) {
        const proof = await newer.proof(consistencyRanges(older.size, newer.size));
        expect(isConsistent(older, newer, proof)).toBe(true);
        if (older.size === 0) continue;
        const forked = { ...older, root: leafHash(Buffer.from("another")) };
        expect(isConsistent(forked, newer, proof)).toBe(false);
        expect(isConsistent(older, { ...newer, root: forked.root }, proof)).toBe(false);
        expect(isConsistent(older, newer, Buffer.concat([proof, forked.root]))).toBe(false);
        if (proof.length > 0) {
          expect(isConsistent(older, newer, proof.subarray(32))).toBe(false);
          expect(isConsistent(newer, older, proof)).toBe(false);
        }
      }
    }
  });

  it("come from the tiles of logs of several levels as from the whole tree", async () => {
    const leaves = numbered(66_000);
    const whole = logOver(leaves);
    const hashes = Buffer.concat(leaves.map(leafHash));
    const tree = new MerkleTree(hashes);
    expect(whole.root).toEqual(tree.root);
    for (const index of [0, 255, 256, 65_535, 65_536, 65_999]) {
      const proof = await whole.proof(inclusionRanges(index, whole.size));
      expect(proof).toEqual(tree.path(index));
      expect(rootOfPath(leafHash(leaves[index]), index, whole.size, proof)).toEqual(tree.root);
    }
    for (const size of [1, 255, 256, 257, 65_536, 65_537]) {
      const { root } = new MerkleTree(hashes.subarray(0, size * 32));
      const proof = await whole.proof(consistencyRanges(size, whole.size));
      expect(isConsistent({ size, root }, whole, proof)).toBe(true);
    }
  });

  it("are of any leaf in a log of any size, and of nothing that differs in a bit", async () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 1_200 }), fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(sizes, async ([size, pick, bit]) => {
        const log = logOver(numbered(size));
        const index = pick % size;
        const leaf = leafHash(Buffer.from(`leaf ${index}`));
        const proof = await log.proof(inclusionRanges(index, size));
        expect(rootOfPath(leaf, index, size, proof)).toEqual(log.root);
        const changed = Buffer.concat([leaf, proof]);
        changed[(bit >> 3) % changed.length] ^= 1 << (bit & 7);
        const root = rootOfPath(changed.subarray(0, 32), index, size, changed.subarray(32));
        expect(root).not.toEqual(log.root);
      }),
      { numRuns: 40 },
    );
  });
});
