import { hashBytes } from "../formats/bytes.js";
import { MerkleTree, nodeHash } from "../formats/merkle.js";
import { tileWidth } from "./tile.js";

/** Leaves from `from` to before `to`. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** RFC 6962, section 2.1.1: the ranges whose hashes are a leaf's audit path, from the leaf up. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  for (let from = 0, to = size; to - from > 1; ) {
    const middle = from + splitOf(to - from);
    ranges.push(index < middle ? { from: middle, to } : { from, to: middle });
    if (index < middle) to = middle;
    else from = middle;
  }
  return ranges.reverse();
}

/** RFC 6962, section 2.1.2: the ranges whose hashes prove that a tree has grown from an older. */
export function consistencyRanges(older: number, newer: number): LeafRange[] {
  if (older === 0 || older === newer) return [];
  const ranges: LeafRange[] = [];
  let [from, to] = [0, newer];
  while (to !== older) {
    const middle = from + splitOf(to - from);
    ranges.push(older <= middle ? { from: middle, to } : { from, to: middle });
    if (older <= middle) to = middle;
    else from = middle;
  }
  // What both trees have as one whole; the older tree's own hash is known already.
  if (from > 0) ranges.push({ from, to });
  return ranges.reverse();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Reads hashes `from` to before `to` of a level, all of one tile: one after the other. */
export type ReadHashes = (level: number, range: LeafRange) => Promise<Buffer>;

/** The hash of a range as the RFC's proofs have them, from the tiles. */
export async function rangeHash({ from, to }: LeafRange, read: ReadHashes): Promise<Buffer> {
  const count = to - from;
  const split = splitOf(count);
  if (count > 1 && split * 2 !== count) {
    const left = await rangeHash({ from, to: from + split }, read);
    const right = await rangeHash({ from: from + split, to }, read);
    return nodeHash(Buffer.concat([left, right]));
  }
  // The highest level of which the range holds whole hashes: then they are in one tile.
  let [level, unit] = [0, 1];
  for (; unit * tileWidth <= count; unit *= tileWidth) level++;
  return new MerkleTree(await read(level, { from: from / unit, to: to / unit })).root;
}

export interface TreeHead {
  /** How many leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
}

/**
 * Whether the proof shows that the newer tree begins with all leaves of the older one
 * (RFC 9162, section 2.1.4.2).
 *
 * @param proof hashes, one after the other
 */
export function isConsistent(older: TreeHead, newer: TreeHead, proof: Buffer): boolean {
  if (older.size === 0) return proof.length === 0;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  if (older.size > newer.size || proof.length % hashBytes !== 0) return false;
  // An older tree that is one whole part of the newer one is its own first hash.
  const isPart = splitOf(older.size + 1) === older.size;
  const hashes = hashesIn(isPart ? Buffer.concat([older.root, proof]) : proof);
  const [first] = hashes;
  if (first === undefined) return false;
  let [inOlder, inNewer] = [older.size - 1, newer.size - 1];
  const climb = () => {
    inOlder = Math.floor(inOlder / 2);
    inNewer = Math.floor(inNewer / 2);
  };
  while (inOlder % 2 === 1) climb();
  let [olderRoot, newerRoot] = [first, first];
  for (const hash of hashes.slice(1)) {
    if (inNewer === 0) return false;
    if (inOlder % 2 === 1 || inOlder === inNewer) {
      olderRoot = nodeHash(Buffer.concat([hash, olderRoot]));
      newerRoot = nodeHash(Buffer.concat([hash, newerRoot]));
      while (inOlder % 2 === 0 && inOlder > 0) climb();
    } else {
      newerRoot = nodeHash(Buffer.concat([newerRoot, hash]));
    }
    climb();
  }
  return inNewer === 0 && olderRoot.equals(older.root) && newerRoot.equals(newer.root);
}

function hashesIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / hashBytes }, (_, index) =>
    bytes.subarray(index * hashBytes, (index + 1) * hashBytes),
  );
}
