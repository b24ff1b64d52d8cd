import { ballotIdWord } from "../../core/formats/ballot.js";
import type { BallotKey } from "../gather/open-frame.js";

const idWords = 4;

/** The ballot ids of one batch, as words. */
export class BallotIds {
  #words = new Int32Array(0);
  /** By the id's hash, or the next free slot: its number from 1; 0 marks an empty slot. */
  #slots = new Uint16Array(1);
  /** How many of the slots are used, a power of two, less one. */
  #mask = 0;
  #count = 0;

  /** Forgets all, for another batch. @param most how many there can be, below 65,536 */
  restart(most: number): void {
    const slots = 2 ** Math.ceil(Math.log2(2 * most));
    if (this.#slots.length < slots) {
      this.#slots = new Uint16Array(slots);
      this.#words = new Int32Array((slots / 2) * idWords);
    }
    this.#slots.fill(0, 0, slots);
    this.#mask = slots - 1;
    this.#count = 0;
  }

  /** Notes the ballot's id. @returns false if it was noted before */
  add(key: BallotKey): boolean {
    const mask = this.#mask;
    let slot = hashOf(key) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#isId(this.#slots[slot] - 1, key)) return false;
    }
    for (let word = 0; word < idWords; word++) {
      this.#words[this.#count * idWords + word] = key[ballotIdWord + word];
    }
    this.#slots[slot] = ++this.#count;
    return true;
  }

  #isId(index: number, key: BallotKey): boolean {
    for (let word = 0; word < idWords; word++) {
      if (this.#words[index * idWords + word] !== key[ballotIdWord + word]) return false;
    }
    return true;
  }
}

/** Ids should be random; those that somebody counts up must not share a slot. */
function hashOf(key: BallotKey): number {
  let hash = 0;
  for (let word = 0; word < idWords; word++) {
    hash = Math.imul(hash ^ key[ballotIdWord + word], 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
