import { createHash, hash } from "node:crypto";
import { VoteError } from "../errors.js";
import { type Frame, frameHeaderBytes, openFrame } from "./frame.js";

/** The digest of a log before its first record. */
export const firstLogDigest: Buffer = Buffer.alloc(32);

/** A frame's identity in the log digest: its header's SHA-256, which binds the ballots as well. */
export function hashOfFrame({ bytes }: Pick<Frame, "bytes">): Buffer {
  return hash("sha256", bytes.subarray(0, frameHeaderBytes), "buffer");
}

/** The identity of a record that no frame can be read from. */
export function hashOfBytes(bytes: Uint8Array): Buffer {
  return hash("sha256", bytes, "buffer");
}

/** Any record's identity: a frame's, or, where no frame can be read, the SHA-256 of its bytes. */
export function hashOfRecord(bytes: Uint8Array): Buffer {
  try {
    return hashOfFrame(openFrame(bytes, "record"));
  } catch (error) {
    if (error instanceof VoteError) return hashOfBytes(bytes);
    throw error;
  }
}

/**
 * Takes one more record into the running digest over a partition's records, in position order.
 *
 * @param recordHash what `hashOfFrame` or `hashOfRecord` made of it
 */
export function nextLogDigest(digest: Uint8Array, recordHash: Uint8Array): Buffer {
  return createHash("sha256").update(digest).update(recordHash).digest();
}
