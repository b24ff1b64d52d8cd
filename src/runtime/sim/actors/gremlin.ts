import type { FaultKind } from "../faults/fault-plan.js";
import { stores } from "../faults/network.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

const rushPauseMs = 500;

interface GremlinOptions {
  readonly roles: readonly SupervisedRole[];
  readonly ingests: readonly SupervisedRole[];
  /** When the election is to end, since the simulation began. */
  readonly closesAtMs: number;
}

/** Breaks stores, networks, processes and clocks until the faults end, and mends all of it then. */
export class Gremlin {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #roles: readonly SupervisedRole[];
  readonly #acts: readonly (readonly [FaultKind, () => void])[];

  /** How long it pauses between two acts, at most. */
  readonly #pauseMs: number;
  /** When it hardly pauses, and whom it mostly hits then: most promises are about the end. */
  readonly #rush: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly victim: SupervisedRole;
  };

  constructor(world: World, { roles, ingests, closesAtMs }: GremlinOptions) {
    this.#world = world;
    this.#dice = world.dice.of("gremlin");
    const dice = this.#dice;
    this.#roles = roles;
    this.#pauseMs = dice.pick([1_000, 3_000, 8_000]);
    const rushMs = dice.pick([0, 4_000]);
    const victim = dice.pick(dice.happens(0.5) ? ingests : roles);
    this.#rush = { fromMs: closesAtMs - rushMs, toMs: closesAtMs + rushMs, victim };
    this.#acts = (
      [
        ["store down", () => this.#cut(dice.pick(stores))],
        ["role cut off", () => this.#cut(this.#placeOfRole())],
        [
          "slow store",
          () => this.#slow(dice.happens(0.3) ? dice.pick(stores) : this.#placeOfRole()),
        ],
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
    if (world.faults.has("clock off, within the bound")) this.#setClocksApart();
  }

  #turn(): void {
    const { scheduler, faults } = this.#world;
    const pauseMs = this.#isRushing ? rushPauseMs : this.#pauseMs;
    scheduler.after(this.#dice.between(50, pauseMs), () => {
      this.#turn();
      if (!faults.isOn) return;
      const [kind, act] = this.#dice.pick(this.#acts);
      faults.count(kind);
      this.#world.note("gremlin", kind);
      act();
    });
  }

  get #isRushing(): boolean {
    const { nowMs } = this.#world.scheduler;
    return this.#rush.fromMs < nowMs && nowMs < this.#rush.toMs;
  }

  #role(): SupervisedRole {
    const dice = this.#dice;
    return this.#isRushing && dice.happens(0.7) ? this.#rush.victim : dice.pick(this.#roles);
  }

  /** A role and one of its stores, or a role and all of them. */
  #placeOfRole(): string {
    const { name } = this.#role();
    return this.#dice.happens(0.3) ? name : `${name}/${this.#dice.pick(["log", ...stores])}`;
  }

  #cut(what: string): void {
    const { network, scheduler } = this.#world;
    network.cuts.add(what);
    scheduler.after(this.#dice.between(100, 12_000), () => network.cuts.delete(what));
  }

  /** All requests are slow alike, or all answers, or both. */
  #slow(what: string): void {
    const { network, scheduler } = this.#world;
    const dice = this.#dice;
    const [oneMs, otherMs] = [dice.between(100, 3_000), dice.between(100, 3_000)];
    const ways = [
      [oneMs, 0],
      [0, oneMs],
      [oneMs, otherMs],
    ] as const;
    network.slow.set(what, dice.pick(ways));
    scheduler.after(dice.between(100, 12_000), () => network.slow.delete(what));
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

  /** Each machine has a clock that is off as far as it may be, from the beginning. */
  #setClocksApart(): void {
    for (const role of this.#roles) role.clockErrorMs = this.#dice.pick([-490, 490]);
  }

  #setClock(byMs: number, forMs: number): void {
    const { scheduler } = this.#world;
    const role = this.#role();
    const { clockErrorMs } = role;
    role.clockErrorMs = this.#dice.between(-byMs, byMs);
    scheduler.after(this.#dice.between(1_000, forMs), () => {
      role.clockErrorMs =
        Math.abs(clockErrorMs) <= 500 && this.#world.faults.isOn ? clockErrorMs : 0;
    });
  }

  /** Ends every fault. */
  mend(): void {
    const { network, faults } = this.#world;
    faults.isOn = false;
    network.cuts.clear();
    network.slow.clear();
    network.isDiskFull = false;
    for (const role of this.#roles) {
      role.clockErrorMs = 0;
      role.process.goOn();
    }
  }
}
