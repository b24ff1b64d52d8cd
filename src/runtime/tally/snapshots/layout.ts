import type { FrozenTable } from "../../core/fold/dedup-table.js";
import {
  hashBytes,
  readFixedId,
  readUint64,
  writeFixedId,
  writeUint64,
} from "../../core/formats/bytes.js";

import { maxIdBytes } from "../../core/limits.js";

/**
 * A snapshot: the dedup tables of one partition as they were behind one segment, in a file.
 * docs/formats.md lists every byte.
 *
 *   header 96 | for each table: entries u32, arrays u32, words of each array u32 | arrays | CRC-32
 */
export const headerBytes = 96;
const snapshotVersion = 1;
export const checksumBytes = 4;
const magic = Buffer.from("VSNP", "latin1");
const sealedFlag = 1;
/** More tables or arrays than any state has: such a file is none of ours. */
const maxTables = 8;
const maxArrays = 1 << 20;

const at = {
  version: 4,
  flags: 6,
  election: 8,
  partition: 40,
  tables: 44,
  sequence: 48,
  /** Lengths of all tables together, in bytes. */
  lengths: 56,
  reserved: 60,
  segmentHash: 64,
} as const;

/** Which state a snapshot holds. */
export interface SnapshotHead {
  readonly election: string;
  readonly partition: number;
  /** The last segment that the state has in it. */
  readonly sequence: number;
  readonly segmentHash: Uint8Array;
  /** The close marker has been folded, by that segment or one before it. */
  readonly sealed: boolean;
}

/** A table before its arrays are read: how many words each of them has. */
export interface Shape {
  readonly entries: number;
  readonly arrays: readonly number[];
}

/** Encodes all that is before the arrays. */
export function encodeHead(head: SnapshotHead, tables: readonly FrozenTable[]): Buffer {
  const words = tables.flatMap(({ entries, arrays }) => [
    entries,
    arrays.length,
    ...arrays.map(({ length }) => length),
  ]);
  const bytes = Buffer.alloc(headerBytes + words.length * 4);
  magic.copy(bytes, 0);
  bytes.writeUInt16LE(snapshotVersion, at.version);
  bytes.writeUInt16LE(head.sealed ? sealedFlag : 0, at.flags);
  writeFixedId(bytes, at.election, head.election, maxIdBytes);
  bytes.writeUInt32LE(head.partition, at.partition);
  bytes.writeUInt32LE(tables.length, at.tables);
  writeUint64(bytes, at.sequence, head.sequence);
  bytes.writeUInt32LE(words.length * 4, at.lengths);
  bytes.set(head.segmentHash, at.segmentHash);
  words.forEach((word, index) => {
    bytes.writeUInt32LE(word, headerBytes + index * 4);
  });
  return bytes;
}

/**
 * Decodes the header of a file of so many bytes.
 *
 * @throws Error that says why it is none of ours
 */
export function decodeHeader(bytes: Buffer, size: number) {
  if (bytes.compare(magic, 0, 4, 0, 4) !== 0) throw new Error("no snapshot starts here");
  const version = bytes.readUInt16LE(at.version);
  if (version !== snapshotVersion) throw new Error(`snapshot version ${version} is not known`);
  const tables = bytes.readUInt32LE(at.tables);
  const lengthBytes = bytes.readUInt32LE(at.lengths);
  if (tables > maxTables || lengthBytes > Math.min(size, maxArrays * 4)) {
    throw new Error("its tables are too large");
  }
  const head: SnapshotHead = {
    election: readFixedId(bytes, at.election, maxIdBytes),
    partition: bytes.readUInt32LE(at.partition),
    sequence: readUint64(bytes, at.sequence),
    segmentHash: bytes.subarray(at.segmentHash, at.segmentHash + hashBytes),
    sealed: bytes.readUInt16LE(at.flags) === sealedFlag,
  };
  return { head, tables, lengthBytes };
}

/** Decodes what follows the header. @throws Error if the lengths do not fit */
export function decodeLengths(bytes: Buffer, tables: number): Shape[] {
  const words = Array.from({ length: bytes.length >>> 2 }, (_, n) => bytes.readUInt32LE(n * 4));
  const shapes: Shape[] = [];
  let next = 0;
  for (let table = 0; table < tables; table++) {
    const [entries = 0, arrays = 0] = words.slice(next, next + 2);
    shapes.push({ entries, arrays: words.slice(next + 2, next + 2 + arrays) });
    next += 2 + arrays;
  }
  if (next !== words.length) throw new Error("its lengths do not fit");
  return shapes;
}
