import { idBytes } from "../../../core/formats/ballot.js";
import { type BallotPlan, blockWords } from "../../plan/ballot-plan.js";
import { ballotText, forgeryOf } from "./forgery.js";

interface LineWriterOptions {
  readonly plan: BallotPlan;
  /** Candidate ids by choice. */
  readonly candidates: readonly string[];
  /** A voter's id is this, a hyphen and its index. */
  readonly voterPrefix: string;
  /** The usual number of lines in a batch. */
  readonly batchBallots: number;
}

/** The digits of 2^32 - 1, the highest index. */
const maxDigits = 10;
/** Retries come on top of a batch's ballots. */
const spareRoom = 1.25;
const digitZero = 0x30;
const hexDigits = Buffer.from("0123456789abcdef", "latin1");

/** One batch's ballots, a line of NDJSON each. */
export class BatchLines {
  readonly body: Buffer;
  /** By line: the ballot's index, its choice, and 1 if it must be refused. */
  readonly indexes: Uint32Array;
  readonly choices: Uint8Array;
  readonly forged: Uint8Array;
  /** By line: where the next one starts in the body. */
  readonly ends: Uint32Array;
  count = 0;

  constructor(lines: number, maxBytes: number) {
    this.body = Buffer.allocUnsafeSlow(maxBytes);
    this.indexes = new Uint32Array(lines);
    this.choices = new Uint8Array(lines);
    this.forged = new Uint8Array(lines);
    this.ends = new Uint32Array(lines);
  }

  /** The bytes of these lines, in their order. */
  bytesOf(lines: readonly number[]): Buffer {
    const start = (line: number) => (line === 0 ? 0 : this.ends[line - 1]);
    if (lines.length === this.count) return this.body.subarray(0, start(this.count));
    return Buffer.concat(lines.map((line) => this.body.subarray(start(line), this.ends[line])));
  }
}

/** Writes lines byte by byte, several times faster than as text: no ballot is an object. */
export class LineWriter {
  readonly #options: LineWriterOptions;
  /** A line's constant parts: before the voter's index, before the ballot id, and by choice. */
  readonly #start: Buffer;
  readonly #middle = Buffer.from('","ballotId":"', "latin1");
  readonly #ends: readonly Buffer[];
  readonly #maxLineBytes: number;
  /** Batches that were taken back. */
  readonly #free: BatchLines[] = [];

  constructor(options: LineWriterOptions) {
    this.#options = options;
    this.#start = Buffer.from(`{"voter":"${options.voterPrefix}-`);
    this.#ends = options.candidates.map((choice) => Buffer.from(`","choice":"${choice}"}\n`));
    // A forged line is at most as long: its candidate's id is short, or its end is missing.
    const longest = Math.max(...this.#ends.map(({ length }) => length), 32);
    this.#maxLineBytes =
      this.#start.length + maxDigits + this.#middle.length + 2 * idBytes + longest;
  }

  /** Makes room for this many lines, where an earlier batch stood if there is one. */
  begin(lines: number): BatchLines {
    const free = this.#free.pop();
    if (free !== undefined && free.indexes.length >= lines) {
      free.count = 0;
      return free;
    }
    const room = Math.ceil(spareRoom * Math.max(lines, this.#options.batchBallots));
    return new BatchLines(room, room * this.#maxLineBytes);
  }

  /** Takes back a batch whose bytes nobody reads any more, for a later one. */
  release(lines: BatchLines): void {
    this.#free.push(lines);
  }

  /**
   * Adds a line.
   *
   * @param index of the ballot
   * @param voter the index of its voter's first ballot
   * @param ids   holds the ballot's id at word `at`
   */
  add(lines: BatchLines, index: number, voter: number, ids: Int32Array, at: number): void {
    const { plan } = this.#options;
    const line = lines.count++;
    const choice = plan.choiceAt(ids, at);
    const forged = plan.drawsForged(ids, at);
    lines.indexes[line] = index;
    lines.choices[line] = choice;
    lines.forged[line] = forged ? 1 : 0;
    const from = line === 0 ? 0 : lines.ends[line - 1];
    lines.ends[line] = forged
      ? this.#writeForged(lines.body, from, voter, choice, ids, at)
      : this.#write(lines.body, from, voter, choice, ids, at);
  }

  #write(
    body: Buffer,
    from: number,
    voter: number,
    choice: number,
    ids: Int32Array,
    at: number,
  ): number {
    let to = copy(this.#start, body, from);
    to = writeNumber(voter, body, to);
    to = copy(this.#middle, body, to);
    to = writeHex(ids, at, body, to);
    return copy(this.#ends[choice], body, to);
  }

  #writeForged(
    body: Buffer,
    from: number,
    voter: number,
    choice: number,
    ids: Int32Array,
    at: number,
  ): number {
    const { plan, candidates, voterPrefix } = this.#options;
    const id = Buffer.from(ids.buffer, ids.byteOffset + at * 4, idBytes).toString("hex");
    const fields = `"voter":"${voterPrefix}-${voter}","ballotId":"${id}"`;
    const forgery = forgeryOf("http-batch", plan.forgeryDraw(ids, at));
    return from + body.write(`${ballotText(fields, candidates[choice], forgery)}\n`, from);
  }
}

/** @returns the place after the bytes copied */
function copy(bytes: Buffer, target: Buffer, at: number): number {
  // Faster than `set` for so few.
  for (let index = 0; index < bytes.length; index++) target[at + index] = bytes[index];
  return at + bytes.length;
}

/** Writes a number below 2^32 in decimal digits. @returns the place after them */
function writeNumber(value: number, target: Buffer, at: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  for (let place = at + digits - 1, rest = value; place >= at; place--) {
    const tens = Math.floor(rest / 10);
    target[place] = digitZero + rest - tens * 10;
    rest = tens;
  }
  return at + digits;
}

/** Writes an id's words, each in little-endian bytes, as hexadecimal digits. */
function writeHex(words: Int32Array, from: number, target: Buffer, at: number): number {
  let to = at;
  for (let word = from; word < from + blockWords; word++) {
    const value = words[word];
    for (let shift = 0; shift < 32; shift += 8) {
      target[to++] = hexDigits[(value >>> (shift + 4)) & 15];
      target[to++] = hexDigits[(value >>> shift) & 15];
    }
  }
  return to;
}
