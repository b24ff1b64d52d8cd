import type { ElectionAdmin } from "../../admin/election-admin.js";
import { VoteError } from "../../core/errors.js";
import type { AdminRole } from "../roles/admin-role.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

/** What somebody asks of an admin. */
type Act = (admin: ElectionAdmin) => Promise<unknown>;

/** People who want something of an election, and the admins that they turn to. */
export class AdminDesk {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #admins: readonly SupervisedRole<AdminRole>[];

  constructor(world: World, dice: Dice, admins: readonly SupervisedRole<AdminRole>[]) {
    this.#world = world;
    this.#dice = dice;
    this.#admins = admins;
  }

  /** Asks one of them once. */
  ask(what: string, act: Act): void {
    const world = this.#world;
    const role = this.#dice.pick(this.#admins);
    role.process.enter(() => {
      if (role.running === undefined) return;
      const { name } = role.process;
      act(role.running.admin).then(
        () => world.note(name, what),
        (error: unknown) => {
          if (!(error instanceof VoteError)) throw error;
          world.note(name, `${what}: ${world.wordsFor(error)}`);
        },
      );
    });
  }

  /** Asks an admin again and again until it is so. */
  insist(what: string, isSo: () => boolean, act: Act): void {
    if (isSo()) return;
    this.ask(what, act);
    const { scheduler } = this.#world;
    const dice = this.#dice;
    scheduler.after(dice.between(1_500, 5_000), () => this.insist(what, isSo, act));
  }
}
