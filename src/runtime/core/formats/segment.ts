import { hash } from "node:crypto";
import { VoteError } from "../errors.js";
import { maxIdBytes, maxSegmentBytes } from "../limits.js";
import { ballotBytes } from "./ballot.js";
import {
  asBuffer,
  hashBytes,
  readFixedId,
  readUint64,
  writeFixedId,
  writeUint64,
} from "./bytes.js";
import { reasonCount } from "./decision.js";
import { type RefusedRecord, readRefusals, refusalBytes, writeRefusals } from "./refusal.js";

/**
 * A segment is one commit of the tally: decisions, counts, dedup keys and log position in one
 * record, chained by SHA-256, and bound to the election's definition and to the log that it was
 * made from. docs/formats.md lists every byte.
 *
 *   header 240 | counts u64[candidates] | rejections u64[reasons] | unkept u64[reasons] | ballots
 *   | decisions | refused | SHA-256
 */
const segmentHeaderBytes = 240;
const segmentVersion = 2;
export const firstPreviousHash: Buffer = Buffer.alloc(hashBytes);

const magic = Buffer.from("VSEG", "latin1");
/** The segment ends with the close marker: nothing after it can be counted. */
const sealedFlag = 1;

const at = {
  version: 4,
  flags: 6,
  election: 8,
  partition: 40,
  candidateCount: 44,
  reasonCount: 46,
  sequence: 48,
  positionFrom: 56,
  positionTo: 64,
  ballotCount: 72,
  refusedCount: 76,
  retriesAbsorbed: 80,
  revision: 88,
  reserved: 92,
  instance: 96,
  definitionHash: 112,
  logDigest: 144,
  lastRecordHash: 176,
  previousHash: 208,
} as const;

export interface SegmentHeader {
  readonly election: string;
  /** 16 bytes, drawn when the election was created. */
  readonly instance: Uint8Array;
  /** 32 bytes: SHA-256 of the election's definition. */
  readonly definitionHash: Uint8Array;
  /** The revision of the election's record by which frames were taken or refused. */
  readonly revision: number;
  readonly partition: number;
  /** Place in the chain, from 0 without gaps. */
  readonly sequence: number;
  /** The first log position that this segment covers. */
  readonly positionFrom: number;
  /** The log position after the last one covered: where the tally continues. */
  readonly positionTo: number;
  /** 32 bytes: the running digest over all records before `positionTo` (log-digest.ts). */
  readonly logDigest: Uint8Array;
  /** 32 bytes: the identity of the record at `positionTo - 1`. */
  readonly lastRecordHash: Uint8Array;
  readonly sealed: boolean;
  /** Cumulative up to and including this segment, like `counts` and `rejections`. */
  readonly retriesAbsorbed: number;
  /** By candidate index. */
  readonly counts: ArrayLike<number>;
  /** In the order of `rejectionReasons`. */
  readonly rejections: ArrayLike<number>;
  /** Those of `rejections` that are counted without being kept, in the same order. */
  readonly unkept: ArrayLike<number>;
  /** Records that this segment covers and passes over, in log order. */
  readonly refused: readonly RefusedRecord[];
  /** 32 bytes; zeros before the first segment. */
  readonly previousHash: Uint8Array;
}

export interface Segment extends SegmentHeader {
  readonly ballotCount: number;
  readonly hash: Buffer;
  /** `ballotCount` ballots of 40 bytes. */
  readonly ballots: Buffer;
  /** One decision a ballot. */
  readonly decisions: Buffer;
  readonly bytes: Buffer;
}

function segmentBytes(candidates: number, ballots: number, refused: number): number {
  const entries = ballots * (ballotBytes + 1) + refused * refusalBytes;
  return ballotsOffset(candidates) + entries + hashBytes;
}

/** Refused records that every segment has room for; with so many, a tally ends the segment. */
export const maxRefusedPerSegment = 64;

/** Says how many ballots fit into one segment of an election with so many candidates. */
export function maxBallotsPerSegment(candidates: number): number {
  const room = maxSegmentBytes - segmentBytes(candidates, 0, maxRefusedPerSegment);
  return Math.floor(room / (ballotBytes + 1));
}

/** Says at which byte the ballots start in a segment of an election with so many candidates. */
export function ballotsOffset(candidates: number): number {
  return segmentHeaderBytes + (candidates + 2 * reasonCount) * 8;
}

/**
 * Builds a whole segment.
 *
 * @param ballots   whole ballots, 40 bytes each
 * @param decisions one byte a ballot
 */
export function encodeSegment(
  header: SegmentHeader,
  ballots: Uint8Array,
  decisions: Uint8Array,
): Buffer {
  const length = segmentBytes(header.counts.length, decisions.length, header.refused.length);
  const buffer = Buffer.allocUnsafeSlow(length);
  buffer.set(ballots, ballotsOffset(header.counts.length));
  return sealSegment(buffer, header, decisions);
}

/**
 * Writes header, decisions and hash around the ballots that `buffer` already holds from
 * `ballotsOffset` on.
 *
 * @returns the finished segment, a view of `buffer`
 */
export function sealSegment(buffer: Buffer, header: SegmentHeader, decisions: Uint8Array): Buffer {
  const ballotCount = decisions.length;
  const { counts, rejections, unkept, refused } = header;
  const bytes = buffer.subarray(0, segmentBytes(counts.length, ballotCount, refused.length));
  writeHeader(bytes, header, ballotCount);
  let offset = segmentHeaderBytes;
  for (const values of [counts, rejections, unkept]) {
    for (let index = 0; index < values.length; index++, offset += 8) {
      writeUint64(bytes, offset, values[index]);
    }
  }
  const decisionsAt = offset + ballotCount * ballotBytes;
  bytes.set(decisions, decisionsAt);
  writeRefusals(bytes, decisionsAt + ballotCount, refused);
  bytes.set(hashOf(bytes), bytes.length - hashBytes);
  return bytes;
}

function writeHeader(bytes: Buffer, header: SegmentHeader, ballotCount: number): void {
  magic.copy(bytes, 0);
  bytes.writeUInt16LE(segmentVersion, at.version);
  bytes.writeUInt16LE(header.sealed ? sealedFlag : 0, at.flags);
  writeFixedId(bytes, at.election, header.election, maxIdBytes);
  bytes.writeUInt32LE(header.partition, at.partition);
  bytes.writeUInt16LE(header.counts.length, at.candidateCount);
  bytes.writeUInt16LE(header.rejections.length, at.reasonCount);
  writeUint64(bytes, at.sequence, header.sequence);
  writeUint64(bytes, at.positionFrom, header.positionFrom);
  writeUint64(bytes, at.positionTo, header.positionTo);
  bytes.writeUInt32LE(ballotCount, at.ballotCount);
  bytes.writeUInt32LE(header.refused.length, at.refusedCount);
  writeUint64(bytes, at.retriesAbsorbed, header.retriesAbsorbed);
  bytes.writeUInt32LE(header.revision, at.revision);
  bytes.writeUInt32LE(0, at.reserved);
  bytes.set(header.instance, at.instance);
  bytes.set(header.definitionHash, at.definitionHash);
  bytes.set(header.logDigest, at.logDigest);
  bytes.set(header.lastRecordHash, at.lastRecordHash);
  bytes.set(header.previousHash, at.previousHash);
}

/**
 * Reads and verifies one segment on its own; the caller verifies the chain. Rejects whatever
 * version 2 never writes, even with a valid hash: bytes ignored today could mean something later.
 *
 * @param place where the segment was read, for errors: "election demo, partition 3, segment 17"
 * @throws VoteError `corrupt-segment`
 */
export function decodeSegment(source: Uint8Array, place: string): Segment {
  const bytes = asBuffer(source);
  const damaged = (what: string) => new VoteError("corrupt-segment", `${place}: ${what}`);
  if (bytes.length < segmentHeaderBytes + hashBytes) throw damaged(`only ${bytes.length} bytes`);
  if (bytes.compare(magic, 0, 4, 0, 4) !== 0) throw damaged("no segment starts here");
  const version = bytes.readUInt16LE(at.version);
  if (version !== segmentVersion) throw damaged(`segment version ${version} is not known`);
  const candidates = bytes.readUInt16LE(at.candidateCount);
  const reasons = bytes.readUInt16LE(at.reasonCount);
  const ballotCount = bytes.readUInt32LE(at.ballotCount);
  const refusedCount = bytes.readUInt32LE(at.refusedCount);
  const length = segmentBytes(candidates, ballotCount, refusedCount);
  if (reasons !== reasonCount || bytes.length !== length) {
    throw damaged(`${bytes.length} bytes do not hold ${ballotCount} ballots`);
  }
  const hashAt = bytes.length - hashBytes;
  const ownHash = bytes.subarray(hashAt);
  if (!hashOf(bytes).equals(ownHash)) throw damaged("the hash does not match the content");
  const flags = bytes.readUInt16LE(at.flags);
  if ((flags & ~sealedFlag) !== 0) throw damaged(`flags ${flags} are not known`);
  if (bytes.readUInt32LE(at.reserved) !== 0) throw damaged("reserved bytes are not zero");
  const rejectionsAt = segmentHeaderBytes + candidates * 8;
  const unkeptAt = rejectionsAt + reasons * 8;
  const ballotsAt = unkeptAt + reasons * 8;
  const decisionsAt = ballotsAt + ballotCount * ballotBytes;
  const decisions = bytes.subarray(decisionsAt, decisionsAt + ballotCount);
  const unknown = unknownDecisionIn(decisions);
  if (unknown !== -1)
    throw damaged(`ballot ${unknown}: decision ${decisions[unknown]} is not known`);
  const refused = readRefusals(bytes, decisionsAt + ballotCount, refusedCount);
  if (refused === undefined) throw damaged("a record was refused for an unknown reason");
  const field = (from: number) => bytes.subarray(from, from + hashBytes);
  return {
    election: readFixedId(bytes, at.election, maxIdBytes),
    instance: bytes.subarray(at.instance, at.definitionHash),
    definitionHash: field(at.definitionHash),
    revision: bytes.readUInt32LE(at.revision),
    partition: bytes.readUInt32LE(at.partition),
    sequence: readUint64(bytes, at.sequence),
    positionFrom: readUint64(bytes, at.positionFrom),
    positionTo: readUint64(bytes, at.positionTo),
    logDigest: field(at.logDigest),
    lastRecordHash: field(at.lastRecordHash),
    sealed: flags === sealedFlag,
    retriesAbsorbed: readUint64(bytes, at.retriesAbsorbed),
    counts: readCounts(bytes, segmentHeaderBytes, candidates),
    rejections: readCounts(bytes, rejectionsAt, reasons),
    unkept: readCounts(bytes, unkeptAt, reasons),
    refused,
    previousHash: field(at.previousHash),
    ballotCount,
    hash: ownHash,
    ballots: bytes.subarray(ballotsAt, decisionsAt),
    decisions,
    bytes,
  };
}

/** Finds the first decision without a name, or -1. A loop, since it runs for every segment read. */
function unknownDecisionIn(decisions: Uint8Array): number {
  for (let index = 0; index < decisions.length; index++) {
    if (decisions[index] > reasonCount) return index;
  }
  return -1;
}

function readCounts(bytes: Buffer, from: number, length: number): number[] {
  return Array.from({ length }, (_, index) => readUint64(bytes, from + index * 8));
}

function hashOf(bytes: Buffer): Buffer {
  return hash("sha256", bytes.subarray(0, bytes.length - hashBytes), "buffer");
}
