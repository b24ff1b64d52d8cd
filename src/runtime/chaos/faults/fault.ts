import { setTimeout as sleep } from "node:timers/promises";
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
  let standing: readonly number[] = [...Array(scene.election.partitions).keys()];
  const what = () => `partition ${standing.join(", ")} to be decided further`;
  await until(what, async () => {
    const now = await scene.positions();
    before ??= now;
    const earlier = before;
    standing = standing.filter((partition) => !(now[partition] > (earlier[partition] ?? 0)));
    return standing.length === 0;
  });
}

/** Waits until all that has to do with votes goes on. */
export async function allGoesOn({ scene }: Pick<Place, "scene">): Promise<void> {
  await votesGoOn(scene);
  await talliesGoOn(scene);
}

/** A process that signals reach. */
interface Signalled {
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

/** Stops the process by SIGSTOP until the others have done their part. */
export async function whileStopped(sleeper: Signalled, part: () => Promise<void>): Promise<void> {
  sleeper.signal("SIGSTOP");
  try {
    await part();
  } finally {
    sleeper.signal("SIGCONT");
  }
}

/** Stops the process for half a second to three. */
export function stopForAMoment({ dice }: Pick<Place, "dice">, sleeper: Signalled): Promise<void> {
  return whileStopped(sleeper, () => sleep(dice.between(500, 3_000)));
}
