import type { Arrivals } from "../../contracts/load/scenario-arrivals.js";
import { PoissonPoints } from "./poisson.js";
import { peakOf, RateProfile } from "./profile.js";
import type { Schedule } from "./schedule.js";

/** The same rate over the whole run, evenly spaced. */
export function constantArrivals(votesPerSecond: number, durationSeconds: number): Arrivals {
  const piece = { fromPerSecond: votesPerSecond, toPerSecond: votesPerSecond };
  return {
    shape: "constant",
    spacing: "even",
    pieces: [{ forSeconds: durationSeconds, ...piece }],
  };
}

/** The same rates over another time: each piece's length is multiplied by the factor. */
export function stretched(arrivals: Arrivals, factor: number): Arrivals {
  const pieces = arrivals.pieces.map((piece) => ({
    ...piece,
    forSeconds: piece.forSeconds * factor,
  }));
  return { ...arrivals, pieces };
}

/** The same times, with every rate multiplied by the factor. */
export function scaled(arrivals: Arrivals, factor: number): Arrivals {
  const pieces = arrivals.pieces.map(({ forSeconds, fromPerSecond, toPerSecond }) => ({
    forSeconds,
    fromPerSecond: fromPerSecond * factor,
    toPerSecond: toPerSecond * factor,
  }));
  return { ...arrivals, pieces };
}

/** The peak and the mean rate, in ballots a second. */
export function ratesOf({ pieces, share }: Arrivals): { peak: number; mean: number } {
  const { expected, durationMs } = new RateProfile(pieces);
  const of = share?.of ?? 1;
  // Whoever wrote 1000 should not read 999.9999999999999.
  const rounded = (value: number) => Number(value.toPrecision(12));
  return {
    peak: rounded(peakOf(pieces) / of),
    mean: rounded(expected / of / (durationMs / 1_000)),
  };
}

/**
 * When each ballot is due. The same key gives the same random spacing.
 *
 * @param key tells the stream apart from every other stream and seed
 */
export function scheduleOf(arrivals: Arrivals, key: string): Schedule {
  const profile = new RateProfile(arrivals.pieces);
  const total = Math.max(1, Math.round(profile.expected));
  const whole =
    arrivals.spacing === "poisson"
      ? poissonSchedule(profile, total, key)
      : evenSchedule(profile, total);
  return arrivals.share === undefined ? whole : sharedSchedule(whole, arrivals.share);
}

function evenSchedule(profile: RateProfile, total: number): Schedule {
  const timeOf = (index: number) => profile.timeAt(index);
  return {
    total,
    durationMs: profile.durationMs,
    timeOf,
    dueBy: (elapsedMs) =>
      settle(Math.floor(profile.countAt(elapsedMs)) + 1, elapsedMs, total, timeOf),
  };
}

function poissonSchedule(profile: RateProfile, total: number, key: string): Schedule {
  const points = new PoissonPoints(total, profile.expected, key);
  const timeOf = (index: number) => profile.timeAt(points.at(index));
  return {
    total,
    durationMs: profile.durationMs,
    timeOf,
    dueBy: (elapsedMs) => settle(points.rank(profile.countAt(elapsedMs)), elapsedMs, total, timeOf),
  };
}

/** Corrects an estimate by the step or two that rounding may have put it off. */
function settle(
  estimate: number,
  elapsedMs: number,
  total: number,
  timeOf: (index: number) => number,
): number {
  let due = Math.min(total, Math.max(0, estimate));
  while (due < total && timeOf(due) <= elapsedMs) due++;
  while (due > 0 && timeOf(due - 1) > elapsedMs) due--;
  return due;
}

/** Every `of`-th ballot: together, the shares are exactly the whole stream. */
function sharedSchedule(whole: Schedule, { number, of }: NonNullable<Arrivals["share"]>): Schedule {
  const upTo = (count: number) => Math.max(0, Math.ceil((count - number) / of));
  return {
    total: upTo(whole.total),
    durationMs: whole.durationMs,
    timeOf: (index) => whole.timeOf(number + index * of),
    dueBy: (elapsedMs) => upTo(whole.dueBy(elapsedMs)),
  };
}
