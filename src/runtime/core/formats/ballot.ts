/**
 * The ballot as 40 bytes, little-endian, the same in frames and segments
 * (docs/reference/formats.md):
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
const receivedAtOffset = 32;
const choiceOffset = 38;

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

/** Reads the ballot at byte `at`. Its ids are views into `source`, not copies. */
export function readBallot(source: Buffer, at: number): Ballot {
  return {
    voterTag: source.subarray(at + tagOffset, at + tagOffset + idBytes),
    ballotId: source.subarray(at + ballotIdOffset, at + ballotIdOffset + idBytes),
    receivedAt: source.readUIntLE(at + receivedAtOffset, 6),
    choice: source.readUInt16LE(at + choiceOffset),
  };
}

/** Reads the choice of the ballot whose words start at `at`. */
export function choiceOf(words: Int32Array, at: number): number {
  return words[at + choiceWord] >>> 16;
}

/** Reads when the ballot whose words start at `at` was received, in ms since the epoch. */
export function receivedAtOf(words: Int32Array, at: number): number {
  return (words[at + receivedAtWord] >>> 0) + (words[at + choiceWord] & 0xffff) * 0x1_0000_0000;
}

/** Formats the ballot id of the ballot whose words start at `at` as 32 hexadecimal digits. */
export function ballotIdOf(words: Int32Array, at: number): string {
  const from = at + ballotIdWord;
  return Buffer.from(words.slice(from, from + 4).buffer).toString("hex");
}

/** Parses a ballot id's only text form, 32 lower-case hexadecimal digits; undefined otherwise. */
export function parseBallotId(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{32}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}

/**
 * Reads ballots as 32-bit words: a view, or a copy when the bytes are not aligned to four. Works
 * on little-endian hosts only, which all platforms with prebuilt Node.js and LMDB are.
 */
export function wordsOf(bytes: Uint8Array, from: number, ballots: number): Int32Array {
  const start = bytes.byteOffset + from;
  const length = ballots * ballotWords;
  if ((start & 3) === 0) return new Int32Array(bytes.buffer, start, length);
  const copy = new Uint8Array(ballots * ballotBytes);
  copy.set(bytes.subarray(from, from + copy.length));
  return new Int32Array(copy.buffer);
}
