/**
 * The ballot as 40 bytes, little-endian, the same in frames and segments (docs/formats.md):
 *
 *   0..15  voter tag    16..31  ballot id    32..37  receivedAt, ms since epoch    38..39  choice
 *
 * Hot loops read it as ten 32-bit words instead: 0..3 tag, 4..7 ballot id, 8 receivedAt low,
 * 9 receivedAt high | choice << 16.
 */
export const ballotBytes = 40;
export const ballotWords = ballotBytes / 4;
export const idBytes = 16;

export const tagOffset = 0;
export const ballotIdOffset = 16;
export const receivedAtOffset = 32;
export const choiceOffset = 38;

export const tagWord = 0;
export const ballotIdWord = 4;
export const receivedAtWord = 8;
export const choiceWord = 9;

export interface Ballot {
  /** 16 bytes. */
  readonly voterTag: Uint8Array;
  /** 16 bytes: the idempotency key. */
  readonly ballotId: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Index into the election's candidates. */
  readonly choice: number;
}

export function writeBallot(target: Buffer, at: number, ballot: Ballot): void {
  target.set(ballot.voterTag, at + tagOffset);
  target.set(ballot.ballotId, at + ballotIdOffset);
  target.writeUIntLE(ballot.receivedAt, at + receivedAtOffset, 6);
  target.writeUInt16LE(ballot.choice, at + choiceOffset);
}

/** The ids are views into `source`, not copies. */
export function readBallot(source: Buffer, at: number): Ballot {
  return {
    voterTag: source.subarray(at + tagOffset, at + tagOffset + idBytes),
    ballotId: source.subarray(at + ballotIdOffset, at + ballotIdOffset + idBytes),
    receivedAt: source.readUIntLE(at + receivedAtOffset, 6),
    choice: source.readUInt16LE(at + choiceOffset),
  };
}

/** `receivedAt` from a ballot's words, without a DataView. */
export function receivedAtOf(words: Int32Array, at: number): number {
  return (words[at + choiceWord] & 0xffff) * 0x1_0000_0000 + (words[at + receivedAtWord] >>> 0);
}

export function choiceOf(words: Int32Array, at: number): number {
  return words[at + choiceWord] >>> 16;
}

/** 32 lower-case hexadecimal digits, the ballot id's only text form. */
export function parseBallotId(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{32}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/**
 * Ballots as 32-bit words. Copies when the bytes are not aligned to four; otherwise a view.
 * Little-endian hosts only, as is every platform that Node.js and LMDB ship prebuilt for.
 */
export function wordsOf(bytes: Uint8Array, from: number, ballots: number): Int32Array {
  const start = bytes.byteOffset + from;
  const length = ballots * ballotWords;
  if ((start & 3) === 0) return new Int32Array(bytes.buffer, start, length);
  const copy = new Uint8Array(ballots * ballotBytes);
  copy.set(bytes.subarray(from, from + copy.length));
  return new Int32Array(copy.buffer);
}
