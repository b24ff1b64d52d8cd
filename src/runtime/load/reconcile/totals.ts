import { reasonCount } from "../../core/formats/decision.js";

/** Ballots by what was decided about them, as one source has it. */
export interface DecisionTotals {
  /** By candidate index. */
  readonly counts: readonly number[];
  /** In the order of `rejectionReasons`. */
  readonly rejections: readonly number[];
}

/** Totals to add to. */
export interface RunningTotals extends DecisionTotals {
  readonly counts: number[];
  readonly rejections: number[];
}

/** All 0. @param candidates how many the election has */
export function emptyTotals(candidates: number): RunningTotals {
  return {
    counts: new Array<number>(candidates).fill(0),
    rejections: new Array<number>(reasonCount).fill(0),
  };
}

/** Adds one partition's totals; without any, nothing. */
export function addTotals(
  { counts, rejections }: RunningTotals,
  more: { counts: ArrayLike<number>; rejections: ArrayLike<number> } | undefined,
): void {
  if (more === undefined) return;
  for (let index = 0; index < counts.length; index++) counts[index] += more.counts[index] ?? 0;
  for (let reason = 0; reason < rejections.length; reason++) {
    rejections[reason] += more.rejections[reason] ?? 0;
  }
}

/** Whether two sources agree on every total. */
export function sameTotals(one: DecisionTotals, other: DecisionTotals): boolean {
  const same = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((value, index) => value === b[index]);
  return same(one.counts, other.counts) && same(one.rejections, other.rejections);
}
