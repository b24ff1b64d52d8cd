/**
 * SHA-256's compression of four blocks at once, as a WebAssembly module with 128-bit vectors: one
 * lane a block. It is assembled here, round by round, because a compiler for some 60 instructions
 * would be one more tool to install and to trust. docs/decisions/0017 has the measurements.
 */

export const lanes = 4;
const vectorBytes = 16;

/** Places in the module's memory; vector n of a region holds word n of all four lanes. */
export const places = {
  /** The 64 round constants. */
  constants: 0,
  /** The states that the two blocks begin with. */
  inner: 64 * vectorBytes,
  outer: 72 * vectorBytes,
  /** Four messages of one block each. */
  message: 80 * vectorBytes,
  /** The second block: the first one's result, then its padding. */
  digestBlock: 96 * vectorBytes,
  /** Eight vectors. */
  result: 112 * vectorBytes,
} as const;

/** The part of the JavaScript API that is used here; Node.js' types leave it to browsers'. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}
declare const WebAssembly: WebAssemblyApi;

export interface Sha256Lanes {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** `result` = outer over (inner over `message`). */
  readonly digest: () => void;
}

type Code = readonly number[];

/** An unsigned number as LEB128. */
function number(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)];
}

const get = (local: number): Code => [0x20, ...number(local)];
const set = (local: number): Code => [0x21, ...number(local)];
/** A number from 0 as LEB128 with room for a sign. */
function signed(value: number): Code {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
const constant = (value: number): Code => [0x41, ...signed(value)];
const vector = (operation: number): Code => [0xfd, ...number(operation)];

const load = (offset: number): Code => [...vector(0x00), 4, ...number(offset)];
const store = (offset: number): Code => [...vector(0x0b), 4, ...number(offset)];
const [or, xor, bitselect] = [vector(0x50), vector(0x51), vector(0x52)];
const [shiftLeft, shiftRight, add] = [vector(0xab), vector(0xad), vector(0xae)];

const right = (local: number, bits: number): Code => [
  ...get(local),
  ...constant(bits),
  ...shiftRight,
];
const rotated = (local: number, bits: number): Code => [
  ...right(local, bits),
  ...get(local),
  ...constant(32 - bits),
  ...shiftLeft,
  ...or,
];
const bigSigma = (local: number, [first, second, third]: Code): Code => [
  ...rotated(local, first),
  ...rotated(local, second),
  ...xor,
  ...rotated(local, third),
  ...xor,
];
const smallSigma = (local: number, [first, second, third]: Code): Code => [
  ...rotated(local, first),
  ...rotated(local, second),
  ...xor,
  ...right(local, third),
  ...xor,
];

/** Parameters: the addresses of the state, of the block, and of the result. Then vectors. */
const [stateAt, blockAt, resultAt, firstWorking, firstWord, temporary] = [0, 1, 2, 3, 11, 27];
const word = (index: number): number => firstWord + (index % 16);

/** Word t of the message schedule, for t from 16: it replaces word t - 16. */
const scheduled = (t: number): Code => [
  ...get(word(t)),
  ...smallSigma(word(t + 1), [7, 18, 3]),
  ...add,
  ...get(word(t + 9)),
  ...add,
  ...smallSigma(word(t + 14), [17, 19, 10]),
  ...add,
  ...set(word(t)),
];

/** One round over the locals that hold a to h. The next round's a is in h's local. */
function round(t: number, [a, b, c, d, e, f, g, h]: Code): Code {
  return [
    ...(t < 16 ? [] : scheduled(t)),
    ...[...get(h), ...bigSigma(e, [6, 11, 25]), ...add],
    // Choice: where e's bit is set f, else g.
    ...[...get(f), ...get(g), ...get(e), ...bitselect, ...add],
    ...[...constant(places.constants), ...load(t * vectorBytes), ...add],
    ...[...get(word(t)), ...add, ...set(temporary)],
    ...[...get(d), ...get(temporary), ...add, ...set(d)],
    ...[...get(temporary), ...bigSigma(a, [2, 13, 22]), ...add],
    // Majority: where a and b differ c, else a.
    ...[...get(c), ...get(a), ...get(a), ...get(b), ...xor, ...bitselect, ...add, ...set(h)],
  ];
}

function compression(): Code {
  const code: number[] = [];
  for (let index = 0; index < 16; index++) {
    code.push(...get(blockAt), ...load(index * vectorBytes), ...set(word(index)));
  }
  let working = Array.from({ length: 8 }, (_, index) => firstWorking + index);
  for (const [index, local] of working.entries()) {
    code.push(...get(stateAt), ...load(index * vectorBytes), ...set(local));
  }
  for (let t = 0; t < 64; t++) {
    code.push(...round(t, working));
    working = [working[7], ...working.slice(0, 7)];
  }
  for (const [index, local] of working.entries()) {
    const sum = [...get(stateAt), ...load(index * vectorBytes), ...get(local), ...add];
    code.push(...get(resultAt), ...sum, ...store(index * vectorBytes));
  }
  return code;
}

const call = (state: number, block: number, result: number): Code => [
  ...[...constant(state), ...constant(block), ...constant(result)],
  ...[0x10, 0],
];

const [i32, v128, end] = [0x7f, 0x7b, 0x0b];
const sized = (content: Code): Code => [...number(content.length), ...content];
const section = (id: number, ...entries: Code[]): Code => [
  id,
  ...sized([...number(entries.length), ...entries.flat()]),
];
const name = (text: string): Code => sized([...Buffer.from(text)]);

function assemble(): Uint8Array<ArrayBuffer> {
  const vectors = temporary - firstWorking + 1;
  const { inner, outer, message, digestBlock, result } = places;
  return Uint8Array.from([
    ...[0, ...Buffer.from("asm"), 1, 0, 0, 0],
    ...section(1, [0x60, 3, i32, i32, i32, 0], [0x60, 0, 0]),
    ...section(3, [0], [1]),
    ...section(5, [0, 1]),
    ...section(7, [...name("memory"), 2, 0], [...name("digest"), 0, 1]),
    ...section(
      10,
      sized([1, vectors, v128, ...compression(), end]),
      sized([0, ...call(inner, message, digestBlock), ...call(outer, digestBlock, result), end]),
    ),
  ]);
}

let compiled: object | undefined;

/** Makes lanes with a memory of their own, all of it zero. */
export function createSha256Lanes(): Sha256Lanes {
  compiled ??= new WebAssembly.Module(assemble());
  const { exports } = new WebAssembly.Instance(compiled);
  return exports as Sha256Lanes;
}
