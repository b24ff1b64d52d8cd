import { every, systemClock } from "../time/clock.js";

/** Hears how far long work has come, part by part. */
export interface WorkWatch {
  /**
   * Work begins, or its next part.
   *
   * @param what  it is: "Recounting"
   * @param total how much of it there is in all; undefined where nobody knows
   * @param unit  of that, in the plural: "partitions"; "s" for work that takes its time
   */
  begin(what: string, total: number | undefined, unit: string): void;
  /**
   * Hears that so much more is done; work that would keep a display from drawing waits for it.
   *
   * @param ballots that were in it, where the unit is another one
   */
  done(more: number, ballots?: number): void | Promise<void>;
  /** Nothing is under way any more. */
  end(): void;
}

/** Tells nobody. */
export const noWatch: WorkWatch = { begin: () => {}, done: () => {}, end: () => {} };

/**
 * Tells of work second by second.
 *
 * @param seconds how long it will take; undefined where nobody knows
 */
export async function watchSeconds<T>(
  watch: WorkWatch,
  what: string,
  seconds: number | undefined,
  work: () => Promise<T>,
): Promise<T> {
  watch.begin(what, seconds, "s");
  const stop = every(systemClock, 1_000, () => void watch.done(1));
  try {
    return await work();
  } finally {
    stop();
    watch.end();
  }
}
