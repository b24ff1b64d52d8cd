/**
 * When each ballot is due, in milliseconds after the start. Pure arithmetic: an open-loop generator
 * sends what is due whatever became of earlier ballots, and latency counts from the due time.
 */
export interface Schedule {
  /** Ballots in the whole run. */
  readonly total: number;
  readonly durationMs: number;
  /** Ballots due by now: at most `total`, and never fewer than before. */
  dueBy(elapsedMs: number): number;
  /** When the ballot at this index is due: `dueBy` counts it from then on. */
  timeOf(index: number): number;
}
