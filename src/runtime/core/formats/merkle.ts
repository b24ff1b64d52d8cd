import { hash } from "node:crypto";
import { hashBytes } from "./bytes.js";

// RFC 6962, section 2.1: a leaf's hash never equals a node's, whatever they hold.
const leafPrefix = 0;
const nodePrefix = 1;
const nodeInput = Buffer.alloc(1 + 2 * hashBytes, nodePrefix);

/** The hash of one leaf of a Merkle tree. */
export function leafHash(leaf: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.of(leafPrefix), leaf]), "buffer");
}

/**
 * Hashes records of one size, as the leaves of a Merkle tree.
 *
 * @returns their hashes, one after the other
 */
export function leafHashes(records: Uint8Array, recordBytes: number): Buffer {
  const count = records.length / recordBytes;
  const hashes = Buffer.allocUnsafe(count * hashBytes);
  const input = Buffer.alloc(1 + recordBytes, leafPrefix);
  for (let index = 0; index < count; index++) {
    const from = index * recordBytes;
    input.set(records.subarray(from, from + recordBytes), 1);
    hashes.set(hash("sha256", input, "buffer"), index * hashBytes);
  }
  return hashes;
}

/**
 * A Merkle tree by RFC 6962, with all its nodes. Its levels are built from below: a node without a
 * neighbour goes up as it is, which gives the same root as splitting at powers of two from above.
 */
export class MerkleTree {
  /** Each level's hashes, one after the other; the leaves first, the root last. */
  readonly #levels: Buffer[];

  /** @param leaves the leaves' hashes, one after the other, at least one */
  constructor(leaves: Buffer) {
    this.#levels = [leaves];
    for (let level = leaves; level.length > hashBytes; ) {
      level = levelAbove(level);
      this.#levels.push(level);
    }
  }

  /** 32 bytes. */
  get root(): Buffer {
    return this.#levels[this.#levels.length - 1];
  }

  /** The leaf's audit path: what `rootOfPath` needs, from the leaf up, one after the other. */
  path(index: number): Buffer {
    const siblings: Buffer[] = [];
    let place = index;
    for (const level of this.#levels) {
      const sibling = (place ^ 1) * hashBytes;
      if (sibling < level.length) siblings.push(level.subarray(sibling, sibling + hashBytes));
      place >>= 1;
    }
    return Buffer.concat(siblings);
  }
}

function levelAbove(level: Buffer): Buffer {
  const nodes = level.length / hashBytes;
  const above = Buffer.allocUnsafe(Math.ceil(nodes / 2) * hashBytes);
  for (let index = 0; index < nodes; index += 2) {
    const from = index * hashBytes;
    const pair = level.subarray(from, from + 2 * hashBytes);
    above.set(pair.length === hashBytes ? pair : nodeHash(pair), from / 2);
  }
  return above;
}

/** The hash of an inner node. @param pair the hashes of the left and the right child */
export function nodeHash(pair: Uint8Array): Buffer {
  nodeInput.set(pair, 1);
  return hash("sha256", nodeInput, "buffer");
}

// Not by bits, which are 32: a tree may have more leaves.
const half = (place: number) => Math.floor(place / 2);
const siblingOf = (place: number) => (place % 2 === 0 ? place + 1 : place - 1);

/** Counts the bytes of a leaf's audit path in a tree of `size` leaves. */
export function pathBytes(index: number, size: number): number {
  let bytes = 0;
  for (let place = index, last = size - 1; last > 0; place = half(place), last = half(last)) {
    if (siblingOf(place) <= last) bytes += hashBytes;
  }
  return bytes;
}

/**
 * The root that a leaf's audit path leads to.
 *
 * @param leaf its hash
 * @param size how many leaves the tree has
 * @returns undefined for a path that is not `pathBytes(index, size)` long
 */
export function rootOfPath(
  leaf: Buffer,
  index: number,
  size: number,
  path: Uint8Array,
): Buffer | undefined {
  if (path.length !== pathBytes(index, size)) return undefined;
  let root = leaf;
  let at = 0;
  for (let place = index, last = size - 1; last > 0; place = half(place), last = half(last)) {
    if (siblingOf(place) > last) continue;
    const sibling = path.subarray(at, at + hashBytes);
    root = nodeHash(Buffer.concat(place % 2 === 0 ? [root, sibling] : [sibling, root]));
    at += hashBytes;
  }
  return root;
}
