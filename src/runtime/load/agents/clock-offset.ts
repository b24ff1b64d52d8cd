/** One question for another machine's clock; all in milliseconds since the epoch, rounded down. */
export interface ClockSample {
  /** By the asker's clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** By the other's clock, between the two. */
  readonly theirs: number;
}

export interface ClockOffset {
  /** Their clock minus ours. */
  readonly offsetMs: number;
  /** The true offset is at most so far off. */
  readonly uncertaintyMs: number;
}

/**
 * Cristian's bound, of several questions: their clock was read somewhere between asking and answer,
 * so each question bounds the offset from both sides, and the narrowest bounds of all hold.
 *
 * @param samples at least one
 */
export function clockOffset(samples: readonly ClockSample[]): ClockOffset {
  // Clocks count whole milliseconds: each reading may be up to one too small.
  const most = Math.min(...samples.map(({ theirs, askedAt }) => theirs + 1 - askedAt));
  const least = Math.max(...samples.map(({ theirs, answeredAt }) => theirs - answeredAt - 1));
  return { offsetMs: (most + least) / 2, uncertaintyMs: Math.abs(most - least) / 2 };
}
