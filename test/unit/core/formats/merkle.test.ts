import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  leafHash,
  leafHashes,
  MerkleTree,
  pathBytes,
  rootOfPath,
} from "../../../../src/runtime/core/formats/merkle.js";

const fromHex = (text: string) => Buffer.from(text, "hex");

/**
 * The leaves and the values of the Certificate Transparency project's own tests, which other
 * implementations of RFC 6962 share: merkle_tree_test of google/certificate-transparency, and
 * testonly/constants.go of transparency-dev/merkle.
 */
const publishedLeaves = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
].map(fromHex);

/** By the number of leaves, from 1. */
const publishedRoots = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

const publishedPaths: readonly [index: number, size: number, path: readonly string[]][] = [
  [0, 1, []],
  [
    0,
    8,
    [
      "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
  ],
  [
    5,
    8,
    [
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
  ],
  [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
  [
    1,
    5,
    [
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
      "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
  ],
];

const treeOver = (leaves: readonly Uint8Array[]) =>
  new MerkleTree(Buffer.concat(leaves.map(leafHash)));

const sha256 = (...parts: Uint8Array[]) =>
  createHash("sha256").update(Buffer.concat(parts)).digest();

/** The definition in section 2.1, word by word: from above, split at a power of two. */
function rootByDefinition(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const halves = [leaves.slice(0, split), leaves.slice(split)].map(rootByDefinition);
  return sha256(Buffer.of(1), ...halves);
}

const records = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 0xffff }))
  .map(([count, seed]) =>
    Array.from({ length: count }, (_, index) => sha256(Buffer.of(index, seed >> 8, seed & 255))),
  );

describe("a Merkle tree", () => {
  it("has the published roots and paths", () => {
    publishedRoots.forEach((root, index) => {
      expect(treeOver(publishedLeaves.slice(0, index + 1)).root.toString("hex")).toBe(root);
    });
    for (const [index, size, path] of publishedPaths) {
      expect(treeOver(publishedLeaves.slice(0, size)).path(index).toString("hex")).toBe(
        path.join(""),
      );
    }
  });

  it("leads each published path to its root", () => {
    for (const [index, size, path] of publishedPaths) {
      const root = rootOfPath(
        leafHash(publishedLeaves[index]),
        index,
        size,
        fromHex(path.join("")),
      );
      expect(root?.toString("hex")).toBe(publishedRoots[size - 1]);
    }
  });

  it("has the root of the RFC's recursive definition, of any number of leaves", () => {
    fc.assert(
      fc.property(records, (leaves) => {
        const hashes = leafHashes(Buffer.concat(leaves), leaves[0].length);
        expect(new MerkleTree(hashes).root).toEqual(rootByDefinition(leaves));
      }),
    );
  });

  it("leads every leaf's path to its root, and no other bytes from no other place", () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), (leaves, pick, bit) => {
        const tree = treeOver(leaves);
        const size = leaves.length;
        const index = pick % size;
        for (const [place, leaf] of leaves.entries()) {
          const path = tree.path(place);
          expect(path.length).toBe(pathBytes(place, size));
          expect(rootOfPath(leafHash(leaf), place, size, path)).toEqual(tree.root);
        }
        const bytes = Buffer.concat([leafHash(leaves[index]), tree.path(index)]);
        const flipped = bit % (bytes.length * 8);
        bytes[flipped >> 3] ^= 1 << (flipped & 7);
        const root = rootOfPath(bytes.subarray(0, 32), index, size, bytes.subarray(32));
        expect(root).not.toEqual(tree.root);
        const path = tree.path(index);
        const other = (index + 1 + (bit % Math.max(1, size - 1))) % size;
        if (other !== index) {
          expect(rootOfPath(leafHash(leaves[index]), other, size, path)).not.toEqual(tree.root);
        }
      }),
    );
  });
});
