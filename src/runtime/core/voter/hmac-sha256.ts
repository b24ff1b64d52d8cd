import { hash } from "node:crypto";

export const blockBytes = 64;

/** SHA-256's constants: the first 32 bits of the roots of the first primes, cubic and square. */
export const roundConstants = new Int32Array(64);
const initialState = new Int32Array(8);

function fractionBits(root: number): number {
  return Math.floor((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

for (let candidate = 2, found = 0; found < 64; candidate++) {
  let prime = true;
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) prime = false;
  }
  if (!prime) continue;
  if (found < 8) initialState[found] = fractionBits(Math.sqrt(candidate));
  roundConstants[found++] = fractionBits(Math.cbrt(candidate));
}

const schedule = new Int32Array(64);

/** SHA-256's compression: takes the block in `schedule`'s first 16 words into `state`. */
function compress(state: Int32Array): void {
  const w = schedule;
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15];
    const y = w[t - 2];
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16] + small0 + w[t - 7] + small1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let t = 0; t < 64; t++) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const temp = (h + big1 + (g ^ (e & (f ^ g))) + roundConstants[t] + w[t]) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (c & (a ^ b));
    h = g;
    g = f;
    f = e;
    e = (d + temp) | 0;
    d = c;
    c = b;
    b = a;
    a = (temp + big0 + majority) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

function load(bytes: Uint8Array, from: number): void {
  for (let word = 0, at = from; word < 16; word++, at += 4) {
    schedule[word] =
      (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
}

/** Pads the message in `bytes` in place, after one block that was compressed before it. */
function pad(bytes: Uint8Array, length: number): number {
  const end = (length + 9 + blockBytes - 1) & -blockBytes;
  bytes.fill(0, length, end);
  bytes[length] = 0x80;
  const bits = (blockBytes + length) * 8;
  bytes[end - 4] = bits >>> 24;
  bytes[end - 3] = bits >>> 16;
  bytes[end - 2] = bits >>> 8;
  bytes[end - 1] = bits;
  return end;
}

/** Bytes that a message buffer needs beyond the message itself. */
export const messageSlack = 9 + blockBytes;

/**
 * HMAC-SHA-256 under one key, for many short messages: the key's two midstates are computed once,
 * and a message allocates nothing. Libraries take longer (docs/decisions/0014).
 */
export class HmacSha256 {
  /** The states after the block that holds the key, masked for the inner and the outer hash. */
  readonly inner: Int32Array;
  readonly outer: Int32Array;
  private readonly state = new Int32Array(8);

  /** @param key any length; longer than 64 bytes is hashed first, as RFC 2104 says */
  constructor(key: Uint8Array) {
    const block = new Uint8Array(blockBytes);
    block.set(key.length > blockBytes ? hash("sha256", key, "buffer") : key);
    this.inner = midstate(block, 0x36);
    this.outer = midstate(block, 0x5c);
  }

  /**
   * @param message   holds the message from its start and `messageSlack` bytes of room after it,
   *                  which are overwritten
   * @param length    the message's bytes
   * @returns the digest as eight big-endian words, valid until the next call
   */
  digest(message: Uint8Array, length: number): Int32Array {
    const { state } = this;
    const end = pad(message, length);
    state.set(this.inner);
    for (let from = 0; from < end; from += blockBytes) {
      load(message, from);
      compress(state);
    }
    schedule.set(state);
    schedule[8] = 0x8000_0000;
    schedule.fill(0, 9, 15);
    schedule[15] = (blockBytes + 32) * 8;
    state.set(this.outer);
    compress(state);
    return state;
  }
}

function midstate(key: Uint8Array, mask: number): Int32Array {
  const state = initialState.slice();
  const padded = key.map((byte) => byte ^ mask);
  load(padded, 0);
  compress(state);
  return state;
}
