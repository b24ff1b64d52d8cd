import type { RatePiece } from "../../contracts/load/scenario-arrivals.js";

/** A slope below this share of the rate counts as level: its root would lose digits. */
const levelShare = 1e-7;

/**
 * A rate over time, in pieces, its integral (how many ballots are due by a time) and the inverse. A
 * look-up is a binary search over the pieces, then arithmetic.
 */
export class RateProfile {
  readonly durationMs: number;
  /** The integral over the whole time: ballots in all, not rounded. */
  readonly expected: number;
  readonly peakPerSecond: number;
  readonly #pieces: readonly RatePiece[];
  /** For each piece, and the end: its start in milliseconds, and the ballots before it. */
  readonly #startMs: Float64Array;
  readonly #before: Float64Array;

  constructor(pieces: readonly RatePiece[]) {
    this.#pieces = pieces;
    this.#startMs = new Float64Array(pieces.length + 1);
    this.#before = new Float64Array(pieces.length + 1);
    pieces.forEach(({ forSeconds, fromPerSecond, toPerSecond }, piece) => {
      this.#startMs[piece + 1] = this.#startMs[piece] + forSeconds * 1_000;
      const ballots = ((fromPerSecond + toPerSecond) / 2) * forSeconds;
      this.#before[piece + 1] = this.#before[piece] + ballots;
    });
    this.durationMs = this.#startMs[pieces.length];
    this.expected = this.#before[pieces.length];
    this.peakPerSecond = peakOf(pieces);
  }

  /** Ballots due by a time: the integral of the rate up to it. */
  countAt(elapsedMs: number): number {
    if (elapsedMs <= 0) return 0;
    if (elapsedMs >= this.durationMs) return this.expected;
    const piece = lastAtOrBelow(this.#startMs, elapsedMs, this.#pieces.length);
    const { forSeconds, fromPerSecond, toPerSecond } = this.#pieces[piece];
    const seconds = (elapsedMs - this.#startMs[piece]) / 1_000;
    const slope = (toPerSecond - fromPerSecond) / forSeconds;
    const count = this.#before[piece] + seconds * (fromPerSecond + (slope * seconds) / 2);
    return Math.min(count, this.#before[piece + 1]);
  }

  /**
   * When so many ballots are due, in milliseconds: never earlier for more ballots. After a pause in
   * which nobody votes, the moment in which voting goes on.
   */
  timeAt(count: number): number {
    if (count >= this.expected) return this.durationMs;
    const piece = lastAtOrBelow(this.#before, count, this.#pieces.length);
    const milliseconds = secondsFor(this.#pieces[piece], count - this.#before[piece]) * 1_000;
    return Math.min(this.#startMs[piece] + milliseconds, this.#startMs[piece + 1]);
  }
}

/** The highest rate in any of the pieces, in ballots a second. */
export function peakOf(pieces: readonly RatePiece[]): number {
  let peak = 0;
  for (const { fromPerSecond, toPerSecond } of pieces) {
    peak = Math.max(peak, fromPerSecond, toPerSecond);
  }
  return peak;
}

/** How far into a piece its first `ballots` reach. Every step is monotonic. */
function secondsFor({ forSeconds, fromPerSecond, toPerSecond }: RatePiece, ballots: number) {
  const rise = toPerSecond - fromPerSecond;
  if (Math.abs(rise) <= levelShare * (fromPerSecond + toPerSecond)) {
    return (2 * ballots) / (fromPerSecond + toPerSecond);
  }
  const slope = rise / forSeconds;
  const root = Math.sqrt(Math.max(0, fromPerSecond * fromPerSecond + 2 * slope * ballots));
  return (root - fromPerSecond) / slope;
}

/** The last of the first `length` entries that is at most the value; the first if none is. */
function lastAtOrBelow(ascending: Float64Array, value: number, length: number): number {
  let low = 0;
  let high = length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ascending[middle] <= value) low = middle;
    else high = middle;
  }
  return low;
}
