/** One reading of another machine's clock, in milliseconds since the epoch, rounded down. */
export interface ClockSample {
  /** When it was asked for, by our clock. */
  readonly askedAt: number;
  /** When the answer came, by our clock. */
  readonly answeredAt: number;
  /** What their clock showed between the two. */
  readonly theirs: number;
}

export interface ClockOffset {
  /** Their clock minus ours. */
  readonly offsetMs: number;
  /** How far the true offset may be from it. */
  readonly uncertaintyMs: number;
}

/**
 * How far another clock is from ours, by Cristian's bound (1989): it was read somewhere between
 * question and answer, so each sample bounds the offset from both sides. The narrowest bounds hold.
 *
 * @param samples at least one
 */
export function clockOffset(samples: readonly ClockSample[]): ClockOffset {
  // Clocks count whole milliseconds: each reading may be up to one too small.
  const most = Math.min(...samples.map(({ theirs, askedAt }) => theirs + 1 - askedAt));
  const least = Math.max(...samples.map(({ theirs, answeredAt }) => theirs - answeredAt - 1));
  return { offsetMs: (most + least) / 2, uncertaintyMs: Math.abs(most - least) / 2 };
}
