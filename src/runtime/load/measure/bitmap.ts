/** A fixed set of small integers, one bit each: 10^8 ballots in 12.5 MB. */
export class Bitmap {
  readonly #words: Int32Array;
  readonly size: number;

  constructor(size: number) {
    this.size = size;
    this.#words = new Int32Array((size + 31) >>> 5);
  }

  has(index: number): boolean {
    return (this.#words[index >>> 5] & (1 << (index & 31))) !== 0;
  }

  /** @returns whether it is new */
  add(index: number): boolean {
    const word = index >>> 5;
    const bit = 1 << (index & 31);
    const before = this.#words[word];
    this.#words[word] = before | bit;
    return (before & bit) === 0;
  }

  /** Adds `from` to `to - 1`, whole words at a time where possible. */
  addRange(from: number, to: number): void {
    let index = from;
    while (index < to && (index & 31) !== 0) this.add(index++);
    const wholeEnd = to - ((to - index) & 31);
    if (wholeEnd > index) this.#words.fill(-1, index >>> 5, wholeEnd >>> 5);
    for (index = Math.max(index, wholeEnd); index < to; index++) this.add(index);
  }

  /** The bytes that hold the first `members` integers: a view, to write out or to fill. */
  bytes(members = this.size): Uint8Array {
    const words = (Math.min(members, this.size) + 31) >>> 5;
    return new Uint8Array(this.#words.buffer, 0, words * 4);
  }

  /** Calls back for each member of this set that `other` lacks, in order. */
  forEachMissingFrom(other: Bitmap, visit: (index: number) => void): void {
    for (let word = 0; word < this.#words.length; word++) {
      let rest = this.#words[word] & ~other.#words[word];
      while (rest !== 0) {
        const bit = 31 - Math.clz32(rest & -rest);
        visit(word * 32 + bit);
        rest &= rest - 1;
      }
    }
  }
}
