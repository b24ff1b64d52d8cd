import { crc32 } from "node:zlib";
import { isElectionId } from "../election.js";
import { VoteError } from "../errors.js";
import { maxBallotsPerFrame } from "../limits.js";
import { type Ballot, ballotBytes, readBallot } from "./ballot.js";
import { readUint64, writeUint64 } from "./bytes.js";
import {
  ballotsFrame,
  frameHeaderBytes,
  promiseBytes,
  readPromise,
  type StatedHeader,
} from "./frame.js";
import { leafHash, type MerkleTree, pathBytes, rootOfPath } from "./merkle.js";

/**
 * A receipt is one ballot's part in the promise of its frame, as one line of text.
 * docs/formats.md lists every byte.
 *
 *   "vote-receipt-1." | base64url: frame 0..223 | index | position | ballot | path | CRC-32
 */
const prefix = "vote-receipt-1.";

const at = {
  index: promiseBytes,
  position: promiseBytes + 4,
  ballot: promiseBytes + 12,
  path: promiseBytes + 12 + ballotBytes,
} as const;
const checksumBytes = 4;

/** A receipt whose ballot is one of the frame's. Who has signed that is not verified yet. */
export interface Receipt {
  /** What was promised, and with which key. */
  readonly frame: StatedHeader;
  /** The frame's first `promiseBytes`. */
  readonly promise: Buffer;
  /** The ballot's place in the frame, from 0. */
  readonly index: number;
  /** Where the frame stands in the log. Not covered by the signature: it says where to look. */
  readonly position: number;
  readonly ballot: Ballot;
}

/**
 * Writes the receipt of one ballot.
 *
 * @param frame signed, with the tree's root in it
 * @param position of the frame in the log
 */
export function receiptText(
  frame: Buffer,
  tree: MerkleTree,
  index: number,
  position: number,
): string {
  const path = tree.path(index);
  const bytes = Buffer.allocUnsafe(at.path + path.length + checksumBytes);
  frame.copy(bytes, 0, 0, promiseBytes);
  bytes.writeUInt32LE(index, at.index);
  writeUint64(bytes, at.position, position);
  const ballotAt = frameHeaderBytes + index * ballotBytes;
  frame.copy(bytes, at.ballot, ballotAt, ballotAt + ballotBytes);
  bytes.set(path, at.path);
  const end = at.path + path.length;
  bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
  return prefix + bytes.toString("base64url");
}

/**
 * Reads a receipt, and verifies that its path leads from the ballot to the frame's root.
 *
 * @param text white space around it is nothing
 * @throws VoteError `corrupt-receipt` naming what does not fit
 */
export function readReceipt(text: string): Receipt {
  const bytes = bytesOf(text.trim());
  const end = bytes.length - checksumBytes;
  if (end < at.path) throw corrupt(`it has only ${bytes.length} bytes`);
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) {
    throw corrupt("its checksum is wrong, so a character is missing or wrong");
  }
  const promise = bytes.subarray(0, promiseBytes);
  const frame = readPromise(promise, (what) => corrupt(`its bytes 0 to 223: ${what}`));
  const { kind, ballotCount, merkleRoot } = frame;
  if (kind !== ballotsFrame || ballotCount > maxBallotsPerFrame || !isElectionId(frame.election)) {
    throw corrupt("its bytes 0 to 223 start no frame of ballots");
  }
  const index = bytes.readUInt32LE(at.index);
  if (index >= ballotCount) throw corrupt(`it is for ballot ${index} of ${ballotCount}`);
  const path = bytes.subarray(at.path, end);
  if (path.length !== pathBytes(index, ballotCount)) {
    throw corrupt(`a path of ${path.length} bytes leads nowhere from ballot ${index}`);
  }
  const leaf = leafHash(bytes.subarray(at.ballot, at.path));
  if (!rootOfPath(leaf, index, ballotCount, path)?.equals(merkleRoot)) {
    throw corrupt(`its path, from byte ${at.path} on, does not lead to the frame's root`);
  }
  const position = readUint64(bytes, at.position);
  return { frame, promise, index, position, ballot: readBallot(bytes, at.ballot) };
}

function bytesOf(text: string): Buffer {
  if (!text.startsWith(prefix)) throw corrupt(`it does not start with "${prefix}"`);
  const encoded = text.slice(prefix.length);
  const bytes = Buffer.from(encoded, "base64url");
  if (bytes.toString("base64url") !== encoded) throw corrupt("it is not base64url");
  return bytes;
}

/** The error for a receipt that does not hold. @param what is wrong, in words after a colon */
export function corrupt(what: string): VoteError {
  return new VoteError("corrupt-receipt", `The receipt does not hold: ${what}.`, {
    hint: "Copy all of it from where it was saved. If it is whole, it was not made by an ingest.",
  });
}
