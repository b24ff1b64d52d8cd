import { SeededRandom } from "./seeded-random.js";

/** The most points in a leaf: they are drawn all at once. */
const maxLeaf = 256;
/** Leaves that are kept: answers come back out of order, but not by much. */
const maxLeaves = 16;

/**
 * The arrivals of a Poisson process with a fixed total: that many points, independent and uniform
 * over a length, in order. Any point, and the rank of any place, takes O(log total) time and
 * constant memory. The range is split at its middle point, whose place between the ends is
 * beta-distributed, and so on down to a leaf, which spaces its points exponentially.
 */
export class PoissonPoints {
  readonly #total: number;
  readonly #length: number;
  readonly #random: SeededRandom;
  readonly #leaves = new Map<number, Float64Array>();

  /** @param key gives every seed and stream points of its own */
  constructor(total: number, length: number, key: string) {
    this.#total = total;
    this.#length = length;
    this.#random = new SeededRandom(key);
  }

  /** Where the point with this index lies: never before one with a lower index. */
  at(index: number): number {
    const known = this.#leaves.get(this.#leafOf(index));
    if (known !== undefined) return known[index - this.#leafOf(index)];
    let [low, high] = [-1, this.#total];
    let [from, to] = [0, this.#length];
    while (high - low - 1 > maxLeaf) {
      const middle = (low + high) >>> 1;
      const split = this.#split(low, middle, high, from, to);
      if (index === middle) return split;
      if (index < middle) [high, to] = [middle, split];
      else [low, from] = [middle, split];
    }
    return this.#leaf(low + 1, high, from, to)[index - low - 1];
  }

  /** How many points lie at or before a place. */
  rank(place: number): number {
    let [low, high] = [-1, this.#total];
    let [from, to] = [0, this.#length];
    while (high - low - 1 > maxLeaf) {
      const middle = (low + high) >>> 1;
      const split = this.#split(low, middle, high, from, to);
      if (place < split) [high, to] = [middle, split];
      else [low, from] = [middle, split];
    }
    const leaf = this.#leaf(low + 1, high, from, to);
    let rank = 0;
    while (rank < leaf.length && leaf[rank] <= place) rank++;
    return low + 1 + rank;
  }

  /** The first index of the leaf that holds an index; -1 for a split point. */
  #leafOf(index: number): number {
    let [low, high] = [-1, this.#total];
    while (high - low - 1 > maxLeaf) {
      const middle = (low + high) >>> 1;
      if (index === middle) return -1;
      if (index < middle) high = middle;
      else low = middle;
    }
    return low + 1;
  }

  #split(low: number, middle: number, high: number, from: number, to: number): number {
    this.#random.seek(middle, 0);
    const share = this.#random.beta(middle - low, high - middle);
    return Math.min(to, from + share * (to - from));
  }

  #leaf(first: number, end: number, from: number, to: number): Float64Array {
    const known = this.#leaves.get(first);
    if (known !== undefined) return known;
    const points = new Float64Array(end - first);
    this.#random.seek(first, 1);
    let sum = 0;
    for (let k = 0; k < points.length; k++) {
      sum += this.#random.exponential();
      points[k] = sum;
    }
    sum += this.#random.exponential();
    for (let k = 0; k < points.length; k++) {
      points[k] = Math.min(to, from + (points[k] / sum) * (to - from));
    }
    const [oldest] = this.#leaves.keys();
    if (this.#leaves.size >= maxLeaves) this.#leaves.delete(oldest);
    this.#leaves.set(first, points);
    return points;
  }
}
