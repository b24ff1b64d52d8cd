import { hash } from "node:crypto";

/** Pseudo-random draws that follow from a key, so that any can be repeated in any order. */
export class SeededRandom {
  readonly #key: readonly number[];
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;

  /** @param key gives every use of a seed draws of its own */
  constructor(key: string) {
    const digest = hash("sha256", key, "buffer");
    this.#key = [0, 4, 8, 12].map((at) => digest.readInt32LE(at));
  }

  /** Goes to the draws that belong to these two numbers of 32 bits. */
  seek(one: number, other: number): void {
    this.#a = this.#key[0] ^ one;
    this.#b = this.#key[1] ^ other;
    this.#c = this.#key[2];
    this.#counter = this.#key[3];
    // Neighbouring numbers give unrelated draws only after some rounds.
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** Uniform between 0 and 1, both excluded, with 52 bits. */
  uniform(): number {
    const high = this.#next() >>> 6;
    const low = this.#next() >>> 6;
    return (high * 0x400_0000 + low + 0.5) / 0x10_0000_0000_0000;
  }

  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** Beta-distributed, for shapes of 1 or more. */
  beta(one: number, other: number): number {
    const first = this.#gamma(one);
    return first / (first + this.#gamma(other));
  }

  /** Gamma-distributed, for shapes of 1 or more (Marsaglia and Tsang 2000). */
  #gamma(shape: number): number {
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const normal = this.#normal();
      const cube = (1 + c * normal) ** 3;
      if (cube <= 0) continue;
      const bound = (normal * normal) / 2 + d - d * cube + d * Math.log(cube);
      if (Math.log(this.uniform()) < bound) return d * cube;
    }
  }

  #normal(): number {
    return Math.sqrt(2 * this.exponential()) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 32 bits of sfc32, Doty-Humphrey's small fast counting generator. */
  #next(): number {
    const draw = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + draw) | 0;
    return draw >>> 0;
  }
}
