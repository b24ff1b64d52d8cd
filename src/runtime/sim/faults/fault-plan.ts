import type { Dice } from "../time/dice.js";

/** What can go wrong with a call to a store. */
const callFaults = [
  "slow answer",
  "lost request",
  "lost answer",
  "late request",
  "doubled request",
  "no answer",
] as const;

/** What else can go wrong, or is done by somebody who means harm. */
const otherFaults = [
  "store down",
  "role cut off",
  "full disk",
  "crash",
  "stopped process",
  "clean restart",
  "clock off, within the bound",
  "clock off, beyond the bound",
  "garbage in the log",
  "forged ballots",
  "forged close marker",
  "foreign frame",
  "replayed frame",
  "ballot sent twice",
  "second vote",
  "lost view",
  "lost leases",
  "slow store",
  "altered record",
] as const;

export type CallFault = (typeof callFaults)[number];
export type FaultKind = CallFault | (typeof otherFaults)[number];
export const faultKinds: readonly FaultKind[] = [...callFaults, ...otherFaults];

/**
 * Which faults one simulation has. Each seed draws its own, since many faults at once hide what few
 * of them show ("swarm testing").
 */
export class FaultPlan {
  readonly #rates = new Map<FaultKind, number>();
  /** How often each kind happened. */
  readonly fired = new Map<FaultKind, number>();
  /** Whether faults happen now; otherwise all stores and roles are whole. */
  isOn: boolean;

  constructor(dice: Dice, only?: readonly FaultKind[]) {
    // Most elections get as far as their votes.
    this.isOn = dice.happens(0.2);
    const share = dice.pick([0, 0.2, 0.5, 0.5, 0.8]);
    for (const kind of faultKinds) {
      // Drawn in any case, so that leaving out a fault moves no other draw.
      const likely = kind === "clock off, within the bound" && share > 0 ? 0.8 : share;
      const [isOn, rate] = [dice.happens(likely), dice.between(0.002, 0.06)];
      if (isOn && (only === undefined || only.includes(kind))) this.#rates.set(kind, rate);
    }
  }

  get kinds(): readonly FaultKind[] {
    return [...this.#rates.keys()];
  }

  has(kind: FaultKind): boolean {
    return this.#rates.has(kind);
  }

  count(kind: FaultKind): void {
    this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
  }

  /** What goes wrong with a call, if anything. */
  draw(dice: Dice): CallFault | undefined {
    let left = dice.random();
    if (!this.isOn) return undefined;
    for (const kind of callFaults) {
      left -= this.#rates.get(kind) ?? 0;
      if (left < 0) return kind;
    }
    return undefined;
  }
}
