import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { VoteError } from "../errors.js";
import { maxBallotsPerFrame, maxIdBytes } from "../limits.js";
import { ballotBytes } from "./ballot.js";
import { asBuffer, readFixedId, readUint64, writeFixedId, writeUint64 } from "./bytes.js";
import { leafHashes, MerkleTree } from "./merkle.js";

/**
 * A frame is one record of the log: the ballots that one producer gathered for one partition, or
 * the marker that closes the partition. docs/formats.md lists every byte.
 *
 *   header 232, of which bytes 0..159 are what a signature covers | ballots
 *
 * The header holds the ballots' SHA-256, so whatever binds the header binds the ballots.
 */
export const frameHeaderBytes = 232;
const frameVersion = 2;

export const ballotsFrame = 1;
export const closeFrame = 2;
type FrameKind = typeof ballotsFrame | typeof closeFrame;

const magic = Buffer.from("VFRM", "latin1");
const at = {
  version: 4,
  kind: 6,
  election: 8,
  producerId: 40,
  producerSequence: 56,
  partition: 64,
  ballotCount: 68,
  instance: 72,
  keyId: 88,
  ballotsHash: 96,
  merkleRoot: 128,
  signature: 160,
  reserved: 224,
  checksum: 228,
} as const;

const noKey = new Uint8Array(at.ballotsHash - at.keyId);
const noRoot = new Uint8Array(at.signature - at.merkleRoot);

export interface FrameHeader {
  readonly kind: FrameKind;
  readonly election: string;
  /** 16 bytes, drawn when the election was created. */
  readonly instance: Uint8Array;
  readonly partition: number;
  /** 16 random bytes that each producer process draws once. */
  readonly producerId: Uint8Array;
  /** Numbers a producer's frames of one partition from 1: a gap is a frame never acknowledged. */
  readonly producerSequence: number;
  /** 8 bytes that name the key of the signature. Default: zeros, no key. */
  readonly keyId?: Uint8Array;
  /** 32 bytes, the root of the ballots' Merkle tree. Default: zeros, no tree. */
  readonly merkleRoot?: Uint8Array | undefined;
}

/** What a frame says before its ballots, as it was read. */
export interface StatedHeader extends FrameHeader {
  readonly keyId: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** 64 bytes, not verified yet; zeros without one. */
  readonly signature: Uint8Array;
  readonly ballotCount: number;
}

export interface Frame extends StatedHeader {
  /** The whole record. Ballots start at `frameHeaderBytes`. */
  readonly bytes: Buffer;
}

/** Allocates room for a frame's header and `ballots` ballots, to be filled and sealed. */
export function allocateFrame(ballots: number): Buffer {
  return Buffer.allocUnsafeSlow(frameHeaderBytes + ballots * ballotBytes);
}

/**
 * Writes the header around the ballots that `buffer` already holds, without a signature.
 *
 * @returns the finished record, a view of `buffer`
 */
export function sealFrame(buffer: Buffer, header: FrameHeader, ballotCount: number): Buffer {
  const frame = buffer.subarray(0, frameHeaderBytes + ballotCount * ballotBytes);
  magic.copy(frame, 0);
  frame.writeUInt16LE(frameVersion, at.version);
  frame.writeUInt16LE(header.kind, at.kind);
  writeFixedId(frame, at.election, header.election, maxIdBytes);
  frame.set(header.producerId, at.producerId);
  writeUint64(frame, at.producerSequence, header.producerSequence);
  frame.writeUInt32LE(header.partition, at.partition);
  frame.writeUInt32LE(ballotCount, at.ballotCount);
  frame.set(header.instance, at.instance);
  frame.set(header.keyId ?? noKey, at.keyId);
  frame.set(hashOfBallots(frame), at.ballotsHash);
  frame.set(header.merkleRoot ?? noRoot, at.merkleRoot);
  frame.fill(0, at.signature, at.checksum);
  frame.writeUInt32LE(checksumOf(frame), at.checksum);
  return frame;
}

/** The tree over the ballots that `frame` holds from `frameHeaderBytes` on, at least one. */
export function ballotTree(frame: Uint8Array, ballotCount: number): MerkleTree {
  const end = frameHeaderBytes + ballotCount * ballotBytes;
  return new MerkleTree(leafHashes(frame.subarray(frameHeaderBytes, end), ballotBytes));
}

/** A frame's first bytes, up to the end of its signature: what it promises, and who promises it. */
export const promiseBytes = at.reserved;

/** The bytes that a frame's signature covers: all that the header says, and so the ballots too. */
export function signedPart(frame: Uint8Array): Uint8Array {
  return frame.subarray(0, at.signature);
}

/** Puts the signature of `signedPart`, 64 bytes, into a sealed frame. */
export function addSignature(frame: Buffer, signature: Uint8Array): void {
  frame.set(signature, at.signature);
  frame.writeUInt32LE(checksumOf(frame), at.checksum);
}

/** Makes the frame that closes a partition. */
export function closeMarker(header: Omit<FrameHeader, "kind">): Buffer {
  return sealFrame(allocateFrame(0), { ...header, kind: closeFrame }, 0);
}

/**
 * Reads and verifies one record.
 *
 * @param place where the record was read, for errors: "election demo, partition 3, position 17"
 * @throws VoteError `corrupt-frame` for anything that `sealFrame` would not write
 */
export function openFrame(bytes: Uint8Array, place: string): Frame {
  const frame = asBuffer(bytes);
  const damaged = (what: string) => new VoteError("corrupt-frame", `${place}: ${what}`);
  if (frame.length < frameHeaderBytes) throw damaged(`only ${frame.length} bytes`);
  const header = readPromise(frame, damaged);
  const { ballotCount } = header;
  if (frame.length !== frameHeaderBytes + ballotCount * ballotBytes) {
    throw damaged(`${frame.length} bytes do not hold ${ballotCount} ballots`);
  }
  if (frame.readUInt32LE(at.checksum) !== checksumOf(frame)) throw damaged("wrong checksum");
  requireKind(header, damaged);
  if (frame.readUInt32LE(at.reserved) !== 0) throw damaged("reserved bytes are not zero");
  if (!hashOfBallots(frame).equals(frame.subarray(at.ballotsHash, at.merkleRoot))) {
    throw damaged("the ballots do not match their hash");
  }
  if (!hasOwnRoot(frame, header)) throw damaged("the ballots do not match their Merkle root");
  return { ...header, bytes: frame };
}

/**
 * Reads a frame's first `promiseBytes`, which its kind and its ballots are yet to be held against.
 *
 * @param damaged makes the error for bytes that start no frame
 */
export function readPromise(frame: Buffer, damaged: (what: string) => VoteError): StatedHeader {
  if (frame.compare(magic, 0, 4, 0, 4) !== 0) throw damaged("no frame starts here");
  const version = frame.readUInt16LE(at.version);
  if (version !== frameVersion) throw damaged(`frame version ${version} is not known`);
  return {
    kind: frame.readUInt16LE(at.kind) as FrameKind,
    election: readFixedId(frame, at.election, maxIdBytes),
    instance: frame.subarray(at.instance, at.keyId),
    partition: frame.readUInt32LE(at.partition),
    producerId: frame.subarray(at.producerId, at.producerSequence),
    producerSequence: readUint64(frame, at.producerSequence),
    keyId: frame.subarray(at.keyId, at.ballotsHash),
    merkleRoot: frame.subarray(at.merkleRoot, at.signature),
    signature: frame.subarray(at.signature, at.reserved),
    ballotCount: frame.readUInt32LE(at.ballotCount),
  };
}

function requireKind(header: StatedHeader, damaged: (what: string) => VoteError): void {
  const { kind, ballotCount } = header;
  if (kind !== ballotsFrame && kind !== closeFrame) throw damaged(`unknown kind ${kind}`);
  if (kind === closeFrame && ballotCount > 0) throw damaged("a close marker with ballots");
  if (ballotCount > maxBallotsPerFrame) throw damaged(`${ballotCount} ballots in one frame`);
}

/** Zeros are right for any ballots: no receipt was promised then. */
function hasOwnRoot(frame: Buffer, { merkleRoot, ballotCount }: StatedHeader): boolean {
  if (Buffer.compare(merkleRoot, noRoot) === 0) return true;
  return ballotCount > 0 && ballotTree(frame, ballotCount).root.equals(merkleRoot);
}

function hashOfBallots(frame: Buffer): Buffer {
  return hash("sha256", frame.subarray(frameHeaderBytes), "buffer");
}

/** CRC-32 of the header without the four bytes that hold it: damage is told from forgery by it. */
function checksumOf(frame: Buffer): number {
  return crc32(frame.subarray(0, at.checksum));
}
