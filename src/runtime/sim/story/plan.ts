import type { Dice } from "../time/dice.js";
import type { World } from "../world/world.js";

/** What is drawn of an election before it begins. Times are since the simulation began. */
export interface Plan {
  readonly partitions: number;
  readonly candidates: number;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  /** By schedule, or by hand. */
  readonly opensBySchedule: boolean;
  readonly closesBySchedule: boolean;
  /** When somebody schedules the end that is meant, which was to be later until then. */
  readonly movedUpAtMs: number | undefined;
  /** When somebody wants to put the end off, and to when. */
  readonly extension: { readonly atMs: number; readonly toMs: number } | undefined;
  readonly secondHostAtMs: number;
}

/** Draws an election. */
export function drawPlan({ limits }: World, dice: Dice): Plan {
  const { partitions: maxPartitions = 4, seconds = 20 } = limits;
  const opensAtMs = dice.between(1_000, 4_000);
  const closesAtMs = opensAtMs + Math.min(dice.between(4_000, 20_000), seconds * 1_000);
  const extendsAtMs = closesAtMs + dice.between(-3_000, 4_000);
  const extension = { atMs: extendsAtMs, toMs: extendsAtMs + dice.between(1_000, 6_000) };
  return {
    partitions: Math.min(1 + dice.below(4), maxPartitions),
    candidates: 2 + dice.below(3),
    ...{ opensAtMs, closesAtMs },
    movedUpAtMs: dice.happens(0.5) ? closesAtMs - dice.between(2_050, 4_000) : undefined,
    opensBySchedule: dice.happens(0.5),
    closesBySchedule: dice.happens(0.5),
    extension: dice.happens(0.4) ? extension : undefined,
    secondHostAtMs: dice.between(500, closesAtMs),
  };
}
