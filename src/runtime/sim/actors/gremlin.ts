import type { FaultKind } from "../faults/fault-plan.js";
import { stores } from "../faults/network.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

/** Breaks stores, networks, processes and clocks until the faults end, and mends all of it then. */
export class Gremlin {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #roles: readonly SupervisedRole[];
  readonly #acts: readonly (readonly [FaultKind, () => void])[];

  /** How long it pauses between two acts, at most. */
  readonly #pauseMs: number;

  constructor(world: World, roles: readonly SupervisedRole[]) {
    this.#world = world;
    this.#dice = world.dice.of("gremlin");
    const dice = this.#dice;
    this.#roles = roles;
    this.#pauseMs = dice.pick([1_000, 3_000, 8_000]);
    this.#acts = (
      [
        ["store down", () => this.#cut(dice.pick(stores))],
        ["role cut off", () => this.#cut(`${this.#role().name}/${dice.pick(stores)}`)],
        ["full disk", () => this.#fillDisk()],
        ["crash", () => this.#role().crash(dice.between(100, 8_000))],
        ["stopped process", () => this.#stopProcess()],
        ["clean restart", () => this.#role().restart()],
        ["clock off, within the bound", () => this.#setClock(500, 60_000)],
        ["clock off, beyond the bound", () => this.#setClock(60_000, 20_000)],
        ["lost view", () => world.stores.content.view.partitions.clear()],
        // Whoever looks next is alone, takes every partition, and works beside those before.
        ["lost leases", () => world.stores.content.log.leases.clear()],
      ] as const
    ).filter(([kind]) => world.faults.has(kind));
    if (this.#acts.length > 0) this.#turn();
  }

  #turn(): void {
    const { scheduler, faults } = this.#world;
    scheduler.after(this.#dice.between(50, this.#pauseMs), () => {
      this.#turn();
      if (!faults.isOn) return;
      const [kind, act] = this.#dice.pick(this.#acts);
      faults.count(kind);
      this.#world.note("gremlin", kind);
      act();
    });
  }

  #role(): SupervisedRole {
    return this.#dice.pick(this.#roles);
  }

  #cut(what: string): void {
    const { network, scheduler } = this.#world;
    network.cuts.add(what);
    scheduler.after(this.#dice.between(100, 8_000), () => network.cuts.delete(what));
  }

  #fillDisk(): void {
    const { network, scheduler } = this.#world;
    network.isDiskFull = true;
    scheduler.after(this.#dice.between(100, 6_000), () => {
      network.isDiskFull = false;
    });
  }

  #stopProcess(): void {
    const { scheduler } = this.#world;
    const { process } = this.#role();
    process.stop();
    scheduler.after(this.#dice.between(50, 10_000), () => process.goOn());
  }

  #setClock(byMs: number, forMs: number): void {
    const { scheduler } = this.#world;
    const role = this.#role();
    role.clockErrorMs = this.#dice.between(-byMs, byMs);
    scheduler.after(this.#dice.between(1_000, forMs), () => {
      role.clockErrorMs = 0;
    });
  }

  /** Ends every fault. */
  mend(): void {
    const { network, faults } = this.#world;
    faults.isOn = false;
    network.cuts.clear();
    network.isDiskFull = false;
    for (const role of this.#roles) {
      role.clockErrorMs = 0;
      role.process.goOn();
    }
  }
}
