import { SeededRandom } from "../../load/arrivals/seeded-random.js";
import type { Chance } from "../../time/chance.js";

/** All the chance of one simulation: the same seed draws the same, in the same order. */
export class Dice implements Chance {
  readonly #name: string;
  readonly #random: SeededRandom;

  constructor(name: string) {
    this.#name = name;
    this.#random = new SeededRandom(name);
    this.#random.seek(0, 0);
  }

  /** Dice of their own, so that what others draw, and how often, changes nothing here. */
  of(who: string): Dice {
    return new Dice(`${this.#name}, ${who}`);
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
