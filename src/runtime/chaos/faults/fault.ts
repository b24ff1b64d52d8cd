import type { Dice } from "../../sim/time/dice.js";
import type { Scene } from "../scene/scene.js";
import type { Stage } from "../scene/stage.js";
import { until } from "../scene/until.js";

/** Where a fault happens, and the chance that it has. */
export interface Place {
  readonly scene: Scene;
  readonly stage: Stage;
  readonly dice: Dice;
}

/** What is done to a running election while the crowd votes. */
export interface FaultKind {
  readonly name: string;
  /** In a few words, as docs/how-to/chaos.md has them. */
  readonly what: string;
  /**
   * Does it once, and waits until all goes on.
   *
   * @returns how many processes or requests it hit
   */
  inject(place: Place): Promise<number>;
}

/** Waits until more ballots are acknowledged: what was hurt works again. */
export async function votesGoOn({ crowd }: Pick<Scene, "crowd">, ballots = 60): Promise<void> {
  const before = crowd.acknowledged.size;
  await until("votes to be acknowledged", () => crowd.acknowledged.size >= before + ballots);
}

/** Waits until each partition is decided further than it is now. */
export async function talliesGoOn(scene: Scene): Promise<void> {
  let before: readonly number[] | undefined;
  await until("each partition to be decided further", async () => {
    const now = await scene.positions();
    before ??= now;
    const earlier = before;
    return (
      now.length === scene.election.partitions &&
      now.every((position, partition) => position > (earlier[partition] ?? 0))
    );
  });
}
