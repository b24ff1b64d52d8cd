import { type Election, requireNext } from "./election.js";
import { announceMs, drainMs } from "./limits.js";

/**
 * How an election ends. Its closing time is announced: it lies ahead when it is set, so that every
 * ingest knows of it when it comes. Ingest takes ballots until then, and acknowledges them a while
 * longer, until they have drained into the log. The close markers, which end the log, come after
 * that, even by the fastest of the clocks. So no acknowledged ballot stands behind a marker.
 */

/**
 * Announces the end of an open election, unless a closing time that comes sooner is set already.
 *
 * @param now milliseconds since the epoch
 * @param clockErrorMs how far apart the clocks of two processes may be
 * @returns the same election if nothing has to change
 * @throws VoteError `invalid-transition` for an election that is not open
 */
export function withClosingTime(election: Election, now: number, clockErrorMs = 0): Election {
  requireNext(election, "closed");
  const aheadMs = announceMs + clockErrorMs;
  const { closesAt = Number.POSITIVE_INFINITY, revision } = election;
  if (closesAt <= now + aheadMs) return election;
  return { ...election, closesAt: now + aheadMs, revision: revision + 1 };
}

/** Puts off an announced end that not every ingest has learned of in time. */
export function withLaterEnd(election: Election, closesAt: number): Election {
  return { ...election, closesAt, revision: election.revision + 1 };
}

/** Until when ballots are acknowledged, in milliseconds since the epoch; without an end, ever. */
export function acknowledgedUntil({ closesAt = Number.POSITIVE_INFINITY }: Election): number {
  return closesAt + drainMs;
}

/**
 * The earliest moment for close markers, in milliseconds since the epoch.
 *
 * @param clockErrorMs how far apart the clocks of two processes may be
 */
export function sealableFrom(election: Election, clockErrorMs: number): number {
  return acknowledgedUntil(election) + clockErrorMs;
}
