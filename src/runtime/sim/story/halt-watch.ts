import { VoteError } from "../../core/errors.js";
import type { Garbage } from "../actors/intruder.js";
import type { SupervisedRole } from "../roles/supervised.js";
import type { TallyRole } from "../roles/tally-role.js";
import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";
import type { AdminDesk } from "./admin-desk.js";

interface HaltWatchOptions {
  readonly world: World;
  readonly dice: Dice;
  readonly desk: AdminDesk;
  readonly tallies: readonly SupervisedRole<TallyRole>[];
  readonly election: string;
  readonly garbage: () => readonly Garbage[];
}

/** An admin who sees a halt looks for the record that cannot be read, and voids it. */
export class HaltWatch {
  readonly #options: HaltWatchOptions;

  constructor(options: HaltWatchOptions) {
    this.#options = options;
    this.#look();
  }

  /** What the first tally says of which a partition is halted; empty if none is. */
  get halted(): string {
    for (const { running, process } of this.#options.tallies) {
      if (!process.isRunning) continue;
      try {
        running?.requireReady();
      } catch (error) {
        if (!(error instanceof VoteError)) throw error;
        return error.message;
      }
    }
    return "";
  }

  #look(): void {
    const { world, dice, desk, election, garbage } = this.#options;
    const { halted } = this;
    if (halted !== "") {
      world.reach("halt noticed");
      const [, partition, decided] =
        /partition (\d+) is decided up to position (\d+)/.exec(halted) ?? [];
      const next = garbage().find(
        (one) => one.partition === Number(partition) && one.position >= Number(decided),
      );
      if (next !== undefined) {
        const place = { ...next, reason: "nobody can read it" };
        desk.ask(`voids ${next.partition}/${next.position}`, (admin) =>
          admin.voidRecord(election, place, "anna"),
        );
      }
    }
    world.scheduler.after(dice.between(1_000, 4_000), () => this.#look());
  }
}
