/**
 * When each ballot is due, in milliseconds after the start. Pure arithmetic: an open loop sends
 * what is due whatever became of the ballots before, and latency counts from here.
 */
export interface Schedule {
  /** Ballots in the whole run. */
  readonly total: number;
  readonly durationMs: number;
  /** Ballots due by now, never more than `total`, never fewer than a moment ago. */
  dueBy(elapsedMs: number): number;
  /** When the ballot at this index is due: then, and not before, `dueBy` has it. */
  timeOf(index: number): number;
}
