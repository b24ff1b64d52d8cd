import { hashBytes, readUint64, writeUint64 } from "./bytes.js";
import type { FrameHeader } from "./frame.js";

/**
 * Why a record of the log was passed over, as 16 bits in a segment: it is no frame that this system
 * acknowledged for this partition, or an admin has voided it. The numbers are part of the segment
 * format (docs/formats.md) and never reused; 0 is none.
 */
export const refusalReasons = [
  "wrong-election",
  "wrong-partition",
  "wrong-instance",
  "unknown-key",
  "wrong-key-use",
  "bad-signature",
  "voided",
] as const;

export type RefusalReason = (typeof refusalReasons)[number];

/** The partition, of which instance of which election, that a record was read from. */
export type RecordHome = Pick<FrameHeader, "election" | "partition" | "instance">;

/** Says whether a frame belongs somewhere else than where it was read; undefined if it does not. */
export function whyMisplaced(frame: RecordHome, home: RecordHome): RefusalReason | undefined {
  if (frame.election !== home.election) return "wrong-election";
  if (frame.partition !== home.partition) return "wrong-partition";
  return Buffer.compare(frame.instance, home.instance) === 0 ? undefined : "wrong-instance";
}

/** A record that a segment covers without deciding anything of it. */
export interface RefusedRecord {
  readonly position: number;
  readonly reason: RefusalReason;
  /** Its identity in the log digest, 32 bytes. */
  readonly hash: Uint8Array;
}

const reasonOffset = 8;
const hashOffset = 10;
/** One refused record in a segment. */
export const refusalBytes = hashOffset + hashBytes;

/** Writes refused records one after the other from byte `at` on. */
export function writeRefusals(target: Buffer, at: number, refused: readonly RefusedRecord[]): void {
  let offset = at;
  for (const { position, reason, hash } of refused) {
    writeUint64(target, offset, position);
    target.writeUInt16LE(refusalReasons.indexOf(reason) + 1, offset + reasonOffset);
    target.set(hash, offset + hashOffset);
    offset += refusalBytes;
  }
}

/**
 * Reads what `writeRefusals` wrote.
 *
 * @returns undefined if a reason is not known
 */
export function readRefusals(source: Buffer, at: number, count: number) {
  const refused: RefusedRecord[] = [];
  for (let index = 0, offset = at; index < count; index++, offset += refusalBytes) {
    const reason = refusalReasons[source.readUInt16LE(offset + reasonOffset) - 1];
    if (reason === undefined) return undefined;
    const hash = source.subarray(offset + hashOffset, offset + refusalBytes);
    refused.push({ position: readUint64(source, offset), reason, hash });
  }
  return refused;
}
