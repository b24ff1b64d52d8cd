import { setTimeout as sleep } from "node:timers/promises";
import type { Scene, Stage } from "../scene/scene.js";
import { eventually } from "../../../../test/helpers/temporary.js";

/** What is done to a running election, over and over, while the crowd votes. */
export interface Fault {
  readonly name: string;
  /** Default 2. */
  readonly tallies?: number;
  /** The roles reach the servers through the proxies. */
  readonly proxied?: boolean;
  /** @returns how many faults were injected; all is whole again by then */
  inject(scene: Scene, stage: Stage): Promise<number>;
  /** After the last vote is decided: the view has to come back without another. */
  afterwards?(scene: Scene, stage: Stage): Promise<number>;
}

/** Between two injections, so that they hit whatever happens to be under way. */
export const pauseUpTo = (scene: Scene, ms: number): Promise<void> => sleep(scene.random() * ms);

/** Waits until more ballots are acknowledged: what was hurt works again. */
export async function votesGoOn(scene: Scene, ballots = 100): Promise<void> {
  const { acknowledged } = scene.crowd;
  const before = acknowledged.size;
  await eventually("votes to go on", () => acknowledged.size >= before + ballots, 60_000);
}

/** Waits until each partition is decided further than it is now. */
export async function talliesGoOn(scene: Scene, boundMs = 60_000): Promise<void> {
  const before = await scene.positions();
  const further = (positions: readonly number[]) =>
    scene.crowd.acknowledged.size > 0 &&
    positions.length === scene.election.partitions &&
    positions.every((now, partition) => now > (before[partition] ?? 0));
  await eventually("all partitions", async () => further(await scene.positions()), boundMs);
}

/** Does it again and again, at random moments. */
export async function repeatedly(
  scene: Scene,
  times: number,
  withinMs: number,
  injection: () => Promise<void>,
): Promise<number> {
  for (let round = 0; round < times; round++) {
    await pauseUpTo(scene, withinMs);
    await injection();
  }
  return times;
}
