import { type Election, requireNext } from "./election.js";
import { announceMs, drainMs, learnMs, longNoticeMs } from "./limits.js";
import type { ElectionChange } from "./trail.js";

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

/**
 * When every ingest has learned of an end that somebody has seen in the registry: until then, one
 * may take ballots by the record before.
 *
 * @param seenAt in milliseconds since the epoch
 * @param clockErrorMs how far ahead the ingest's clock may be
 */
export function learnedBy(seenAt: number, clockErrorMs: number): number {
  return seenAt + learnMs + clockErrorMs;
}

/**
 * Whether the trail shows that an open election's end came after every ballot that was taken
 * without knowing it: ingests knew no later one, or it was set long before.
 */
export function isSetInTime({ closesAt = 0 }: Election, trail: readonly ElectionChange[]): boolean {
  const before = trail.findLastIndex(({ election }) => election.closesAt !== closesAt);
  const [last, set] = [trail[before]?.election, trail[before + 1]];
  if (last?.status !== "open" || set === undefined) return true;
  const { closesAt: lastEnd = Number.POSITIVE_INFINITY } = last;
  return lastEnd <= closesAt || set.at + longNoticeMs <= closesAt;
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
