import { ballotIdOf, ballotIdWord, ballotWords, tagWord } from "../../core/formats/ballot.js";

/** Room for every decision. */
const noteBits = 3;
const noteMask = (1 << noteBits) - 1;
/** Words kept of a ballot: tag and ballot id. */
const keptWords = 8;
const keptIdWord = 4;
/** A tampered total must not make the recount allocate all memory: beyond this, it grows. */
const largestHint = 1 << 24;
const maxBallots = 2 ** 29;
/** Up to this many ballots of one voter are compared one by one. */
const fewBallots = 16;

/**
 * Groups one partition's ballots by voter without a hash table, because a second opinion should
 * not share the tally's method. Each ballot gets a 64-bit key
 *
 *   tag word 1 (32 bits) | index in order of arrival (29 bits) | note (3 bits)
 *
 * and one native sort brings a voter's ballots together in order of arrival. Voters whose tags
 * share word 1 are separated by all 16 bytes. Costs 40 bytes a ballot.
 */
export class BallotSorter {
  #words: Int32Array;
  #keys: Uint32Array;
  #length = 0;
  readonly #seen = new Set<string>();
  #seenFrom = -1;
  #seenTo = 0;

  /** @param expected how many ballots to allocate for; only a hint */
  constructor(expected: number) {
    const capacity = Math.max(1_024, Math.min(largestHint, Math.ceil(expected) || 0));
    this.#words = new Int32Array(capacity * keptWords);
    this.#keys = new Uint32Array(capacity * 2);
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room, so that `add` needs no check of its own. */
  reserve(ballots: number): void {
    const needed = this.#length + ballots;
    if (needed * 2 <= this.#keys.length) return;
    if (needed > maxBallots) throw new RangeError(`${needed} ballots in one partition`);
    const capacity = Math.min(maxBallots, Math.max(needed, this.#keys.length));
    const words = new Int32Array(capacity * keptWords);
    words.set(this.#words.subarray(0, this.#length * keptWords));
    this.#words = words;
    const keys = new Uint32Array(capacity * 2);
    keys.set(this.#keys.subarray(0, this.#length * 2));
    this.#keys = keys;
  }

  /**
   * Adds the ballots from `source`, ten words each, after `reserve`.
   * @param notes three bits a ballot, handed back by `forEachVoter`
   */
  addAll(source: Int32Array, notes: Uint8Array): void {
    const words = this.#words;
    const keys = this.#keys;
    let index = this.#length;
    let to = index * keptWords;
    let from = 0;
    for (let ballot = 0; ballot < notes.length; ballot++, index++) {
      words[to] = source[from + tagWord];
      words[to + 1] = source[from + tagWord + 1];
      words[to + 2] = source[from + tagWord + 2];
      words[to + 3] = source[from + tagWord + 3];
      words[to + 4] = source[from + ballotIdWord];
      words[to + 5] = source[from + ballotIdWord + 1];
      words[to + 6] = source[from + ballotIdWord + 2];
      words[to + 7] = source[from + ballotIdWord + 3];
      keys[index * 2] = (index << noteBits) | (notes[ballot] & noteMask);
      keys[index * 2 + 1] = source[from + tagWord + 1];
      to += keptWords;
      from += ballotWords;
    }
    this.#length = index;
  }

  /**
   * Sorts, then calls back once for each voter.
   *
   * @param visit gets one voter's entries, `from` up to before `to`, in order of arrival; during
   *   the call `indexAt` and `noteAt` read them
   */
  forEachVoter(visit: (from: number, to: number) => void): void {
    const length = this.#length;
    const keys = this.#keys;
    new BigUint64Array(keys.buffer, 0, length).sort();
    for (let from = 0; from < length; ) {
      const prefix = keys[from * 2 + 1];
      let to = from + 1;
      while (to < length && keys[to * 2 + 1] === prefix) to++;
      if (to - from === 1) visit(from, to);
      else this.#visitRun(from, to, visit);
      from = to;
    }
  }

  /** The ballot's index in order of arrival. */
  indexAt(entry: number): number {
    return this.#keys[entry * 2] >>> noteBits;
  }

  noteAt(entry: number): number {
    return this.#keys[entry * 2] & noteMask;
  }

  /**
   * Says whether an earlier entry of the same voter has the same ballot id.
   * @param from the voter's first entry; call this for a voter's entries in order
   */
  isRepeat(from: number, entry: number): boolean {
    if (entry - from > fewBallots) return this.#isRepeatOfMany(from, entry);
    const index = this.indexAt(entry);
    for (let earlier = from; earlier < entry; earlier++) {
      if (this.#compare(this.indexAt(earlier), index, keptIdWord) === 0) return true;
    }
    return false;
  }

  /** Says whether two entries have the same ballot id. */
  haveSameId(one: number, other: number): boolean {
    return this.#compare(this.indexAt(one), this.indexAt(other), keptIdWord) === 0;
  }

  /** Uses a set: one voter may send too many ballots to compare each with every other. */
  #isRepeatOfMany(from: number, entry: number): boolean {
    if (this.#seenFrom !== from) {
      this.#seenFrom = from;
      this.#seenTo = from;
      this.#seen.clear();
    }
    while (this.#seenTo < entry) this.#seen.add(this.ballotIdOf(this.indexAt(this.#seenTo++)));
    return this.#seen.has(this.ballotIdOf(this.indexAt(entry)));
  }

  /** The ballot's id as 32 hexadecimal digits. */
  ballotIdOf(index: number): string {
    return ballotIdOf(this.#words, index * keptWords);
  }

  #visitRun(from: number, to: number, visit: (from: number, to: number) => void): void {
    const keys = this.#keys;
    let mixed = false;
    const first = this.indexAt(from);
    for (let entry = from + 1; entry < to && !mixed; entry++) {
      mixed = this.#compare(first, this.indexAt(entry), 0) !== 0;
    }
    if (!mixed) {
      visit(from, to);
      return;
    }
    const run = Array.from({ length: to - from }, (_, offset) => keys[(from + offset) * 2]);
    run.sort((a, b) => this.#compare(a >>> noteBits, b >>> noteBits, 0) || a - b);
    run.forEach((key, offset) => {
      keys[(from + offset) * 2] = key;
    });
    for (let start = from; start < to; ) {
      let end = start + 1;
      while (end < to && this.#compare(this.indexAt(start), this.indexAt(end), 0) === 0) end++;
      visit(start, end);
      start = end;
    }
  }

  /** Compares four words of two ballots: their tags (`word` 0) or their ids. */
  #compare(a: number, b: number, word: number): number {
    const words = this.#words;
    for (let offset = 0; offset < 4; offset++) {
      const left = words[a * keptWords + word + offset];
      const right = words[b * keptWords + word + offset];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  }
}
