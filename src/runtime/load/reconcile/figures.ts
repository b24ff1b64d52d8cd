/** Figures of one source; equal figures agree. */
export interface Figures {
  /** By candidate index. */
  readonly counts: readonly number[];
  /** In the order of `rejectionReasons`. */
  readonly rejections: readonly number[];
}

/** Adds a source's values, by index, to the sums. */
export function addTo(sums: number[], values: ArrayLike<number>): void {
  for (let index = 0; index < sums.length; index++) sums[index] += values[index] ?? 0;
}

export function sameFigures(one: Figures, other: Figures): boolean {
  const same = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((value, index) => value === b[index]);
  return same(one.counts, other.counts) && same(one.rejections, other.rejections);
}
