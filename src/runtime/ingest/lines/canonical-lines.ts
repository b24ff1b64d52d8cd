import type { Messages } from "../../core/voter/hmac-lanes.js";

/** The values of a batch's lines, as places in its bytes: n is `starts[n]` up to `ends[n]`. */
export interface CanonicalLines {
  readonly bytes: Buffer;
  readonly voters: Messages;
  readonly choices: Messages;
  /** Where each ballot id of 32 characters begins; -1 where the line has none. */
  readonly ballotIds: Int32Array;
}

const [quote, comma, backslash, closingBrace, newline] = [0x22, 0x2c, 0x5c, 0x7d, 0x0a];
const space = 0x20;
export const ballotIdCharacters = 32;

const keys = ["voter", "ballotId", "choice"] as const;
/** The bytes of a key, from its first letter to its value's first. */
const beginnings = keys.map((key) => Buffer.from(`${key}":"`));
const [voterKey, ballotIdKey, choiceKey] = [0, 1, 2];

/**
 * Finds the values of an NDJSON batch as gateways write it: each line an object of `voter`,
 * `choice` and mostly `ballotId`, in any order, all texts without an escape, and no blanks. Nothing
 * is copied, and no object is made. What it finds is what JSON.parse would.
 *
 * @param body valid UTF-8
 * @returns undefined if a single line is written in another way, or is wrong. The places of voters
 *   and choices hold until the next call
 */
export function findCanonicalLines(body: Buffer, lines: number): CanonicalLines | undefined {
  const { starts, ends } = placesFor(lines);
  let at = 0;
  for (let line = 0; line < lines; line++) {
    if (at > 0 && body[at++] !== newline) return undefined;
    // The brace first, then a comma before each further key.
    if (body[at] !== 0x7b) return undefined;
    do {
      const key = body[at + 1] === quote ? keyAt(body, at + 2) : -1;
      if (key === -1 || starts[key][line] !== -1) return undefined;
      const start = at + 2 + beginnings[key].length;
      const end = textEnd(body, start);
      if (end === -1) return undefined;
      starts[key][line] = start;
      ends[key][line] = end;
      at = end + 1;
    } while (body[at] === comma);
    if (body[at++] !== closingBrace) return undefined;
    if (starts[voterKey][line] === -1 || starts[choiceKey][line] === -1) return undefined;
    const ballotId = starts[ballotIdKey][line];
    if (ballotId !== -1 && ends[ballotIdKey][line] - ballotId !== ballotIdCharacters) {
      return undefined;
    }
  }
  if (at < body.length - 1 || (at < body.length && body[at] !== newline)) return undefined;
  const found = (key: number) => {
    return { bytes: body, starts: starts[key], ends: ends[key], count: lines };
  };
  return {
    bytes: body,
    voters: found(voterKey),
    choices: found(choiceKey),
    // They are named in the answer, after later batches.
    ballotIds: starts[ballotIdKey].slice(0, lines),
  };
}

/** By key: where the values of each line start and end. One batch after another uses them. */
let places = { lines: 0, starts: [new Int32Array(0)], ends: [new Int32Array(0)] };

function placesFor(lines: number): Pick<typeof places, "starts" | "ends"> {
  if (places.lines < lines) {
    const arrays = () => keys.map(() => new Int32Array(lines));
    places = { lines, starts: arrays(), ends: arrays() };
  }
  for (const starts of places.starts) starts.fill(-1, 0, lines);
  return places;
}

/** Which of `keys` stands there with its value's beginning; -1 if none. */
function keyAt(body: Buffer, at: number): number {
  for (let key = 0; key < beginnings.length; key++) {
    const bytes = beginnings[key];
    let same = 0;
    while (same < bytes.length && body[at + same] === bytes[same]) same++;
    if (same === bytes.length) return key;
  }
  return -1;
}

/** Where a text's closing quote stands; -1 if it holds an escape or an unescaped control. */
function textEnd(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) return at;
    if (byte === backslash || byte < space) return -1;
  }
  return -1;
}
