import { type BallotKey, ballotKeyBytes } from "./open-frame.js";

/** A power of two: how many ballots are remembered at most, in 2.4 MB. */
const slots = 65_536;
const keyWords = ballotKeyBytes / 4;
const slotWords = keyWords + 1;
/** The first word of the ballot id, which is random. */
const idWord = keyWords / 2;

/**
 * Remembers what recent ballots chose, by voter tag and ballot id. A newer ballot takes the slot of
 * an older one whose id ends on the same bits.
 */
export class RecentChoices {
  readonly #words = new Int32Array(slots * slotWords);

  /** Remembers the ballot. @returns false if it is remembered already, with another choice */
  agrees(key: BallotKey, choice: number): boolean {
    const words = this.#words;
    const at = (key[idWord] & (slots - 1)) * slotWords;
    // 0 marks an empty slot.
    if (words[at + keyWords] !== 0 && words[at + idWord] === key[idWord] && this.#holds(at, key)) {
      return words[at + keyWords] === choice + 1;
    }
    for (let word = 0; word < keyWords; word++) words[at + word] = key[word];
    words[at + keyWords] = choice + 1;
    return true;
  }

  #holds(at: number, key: BallotKey): boolean {
    for (let word = 0; word < keyWords; word++) {
      if (this.#words[at + word] !== key[word]) return false;
    }
    return true;
  }
}
