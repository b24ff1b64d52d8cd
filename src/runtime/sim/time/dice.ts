import { SeededRandom } from "../../load/arrivals/seeded-random.js";
import type { Chance } from "../../time/chance.js";

/** All the chance of one simulation: the same seed draws the same, in the same order. */
export class Dice implements Chance {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(`simulation ${seed}`);
    this.#random.seek(0, 0);
  }

  random = (): number => this.#random.uniform();

  bytes(count: number): Buffer {
    const drawn = Buffer.alloc(count);
    for (let at = 0; at < count; at++) drawn[at] = this.below(256);
    return drawn;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  /** A whole number from 0 up to but not `bound`. */
  below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  happens(probability: number): boolean {
    return this.random() < probability;
  }

  /** @param from at least one */
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)];
  }
}
