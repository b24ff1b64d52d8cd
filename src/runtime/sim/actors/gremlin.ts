import type { FaultKind } from "../faults/fault-plan.js";
import { stores } from "../faults/network.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { World } from "../world/world.js";

/** Breaks stores, networks, processes and clocks until the faults end, and mends all of it then. */
export class Gremlin {
  readonly #world: World;
  readonly #roles: readonly SupervisedRole[];
  readonly #acts: readonly (readonly [FaultKind, () => void])[];

  /** How long it pauses between two acts, at most. */
  readonly #pauseMs: number;

  constructor(world: World, roles: readonly SupervisedRole[]) {
    this.#world = world;
    this.#roles = roles;
    this.#pauseMs = world.dice.pick([600, 2_000, 5_000]);
    this.#acts = (
      [
        ["store down", () => this.#cut(world.dice.pick(stores))],
        ["role cut off", () => this.#cut(`${this.#role().name}/${world.dice.pick(stores)}`)],
        ["full disk", () => this.#fillDisk()],
        ["crash", () => this.#role().crash(world.dice.between(100, 8_000))],
        ["stopped process", () => this.#stopProcess()],
        ["clean restart", () => this.#role().restart()],
        ["clock off, within the bound", () => this.#setClock(500, 60_000)],
        ["clock off, beyond the bound", () => this.#setClock(60_000, 20_000)],
        ["lost view", () => world.stores.content.view.partitions.clear()],
      ] as const
    ).filter(([kind]) => world.faults.has(kind));
    if (this.#acts.length > 0) this.#turn();
  }

  #turn(): void {
    const { scheduler, dice, faults } = this.#world;
    scheduler.after(dice.between(50, this.#pauseMs), () => {
      if (faults.ended) return;
      const [kind, act] = dice.pick(this.#acts);
      faults.count(kind);
      this.#world.note("gremlin", kind);
      act();
      this.#turn();
    });
  }

  #role(): SupervisedRole {
    return this.#world.dice.pick(this.#roles);
  }

  #cut(what: string): void {
    const { network, scheduler, dice } = this.#world;
    network.cuts.add(what);
    scheduler.after(dice.between(100, 8_000), () => network.cuts.delete(what));
  }

  #fillDisk(): void {
    const { network, scheduler, dice } = this.#world;
    network.isDiskFull = true;
    scheduler.after(dice.between(100, 6_000), () => {
      network.isDiskFull = false;
    });
  }

  #stopProcess(): void {
    const { scheduler, dice } = this.#world;
    const { process } = this.#role();
    process.stop();
    scheduler.after(dice.between(50, 10_000), () => process.goOn());
  }

  #setClock(byMs: number, forMs: number): void {
    const { scheduler, dice } = this.#world;
    const role = this.#role();
    role.clockErrorMs = dice.between(-byMs, byMs);
    scheduler.after(dice.between(1_000, forMs), () => {
      role.clockErrorMs = 0;
    });
  }

  /** Ends every fault. */
  mend(): void {
    const { network, faults } = this.#world;
    faults.ended = true;
    network.cuts.clear();
    network.isDiskFull = false;
    for (const role of this.#roles) {
      role.clockErrorMs = 0;
      role.process.goOn();
    }
  }
}
