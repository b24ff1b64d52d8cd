/**
 * The ballot as 40 bytes, little-endian, the same in frames and segments
 * (docs/formats.md):
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

/** By character code: what a lower-case hexadecimal digit is worth; -1 for all others. */
const hexValues = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) hexValues[value.toString(16).charCodeAt(0)] = value;

function hexValueAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < hexValues.length ? hexValues[code] : -1;
}

/**
 * Writes a ballot id's 16 bytes into `target`: one pass, as each ballot over HTTP takes it.
 *
 * @param at where the first byte goes
 * @returns false if the text is not 32 lower-case hexadecimal digits
 */
export function writeBallotId(text: string, target: Uint8Array, at: number): boolean {
  if (text.length !== 2 * idBytes) return false;
  let seen = 0;
  for (let byte = 0; byte < idBytes; byte++) {
    const high = hexValueAt(text, 2 * byte);
    const low = hexValueAt(text, 2 * byte + 1);
    // Negative if any of them is.
    seen |= high | low;
    target[at + byte] = (high << 4) | low;
  }
  return seen >= 0;
}

/**
 * Writes a ballot id that stands as text among other bytes, as `writeBallotId` does.
 *
 * @param from where its 32 digits begin
 * @param at where the first of its 16 bytes goes
 * @returns false if they are not 32 lower-case hexadecimal digits
 */
export function readBallotId(
  text: Uint8Array,
  from: number,
  target: Uint8Array,
  at: number,
): boolean {
  let seen = 0;
  for (let byte = 0; byte < idBytes; byte++) {
    const high = hexValues[text[from + 2 * byte]] ?? -1;
    const low = hexValues[text[from + 2 * byte + 1]] ?? -1;
    seen |= high | low;
    target[at + byte] = (high << 4) | low;
  }
  return seen >= 0;
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
