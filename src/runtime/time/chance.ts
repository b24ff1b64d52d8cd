import { randomBytes } from "node:crypto";

/** Chance as a process meets it: the machine's, or a simulation's. */
export interface Chance {
  /** From 0 up to but not 1. */
  random(): number;
  /** Bytes that nobody can foresee. */
  bytes(count: number): Buffer;
}

/** The machine's chance. */
export const systemChance: Chance = {
  random: () => Math.random(),
  bytes: (count) => randomBytes(count),
};
