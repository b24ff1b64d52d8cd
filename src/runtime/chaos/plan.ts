import { Dice } from "../sim/time/dice.js";
import type { FaultKind } from "./faults/fault.js";
import { faultKind } from "./faults/kinds.js";

/**
 * Draws the order of faults: all kinds once, then all once more, each time in another order.
 *
 * @throws VoteError `invalid-usage` for a name that no kind has
 */
export function faultOrder(seed: number, names: readonly string[], faults: number): FaultKind[] {
  const dice = new Dice(`order of faults ${seed}`);
  const kinds = names.map(faultKind);
  const order: FaultKind[] = [];
  while (order.length < faults) {
    const left = [...kinds];
    while (left.length > 0) order.push(...left.splice(dice.below(left.length), 1));
  }
  return order.slice(0, faults);
}

/** The chance that a fault has: what it hits, for how long. @param number from 0 */
export function diceOf(seed: number, number: number): Dice {
  return new Dice(`fault ${seed} ${number}`);
}
