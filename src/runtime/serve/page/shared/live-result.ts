import type { LiveResult } from "../../../contracts/http/result.js";
import type { Delta } from "../../live/delta.js";

/**
 * Applies a delta. Its values are absolute, so a delta from an earlier revision to a later one than
 * these figures' also applies; an older delta changes nothing.
 *
 * @returns `undefined` if a revision in between is missing: fetch the whole result
 */
export function applyDelta(figures: LiveResult, delta: Delta): LiveResult | undefined {
  const { from, votes, at: _, ...changed } = delta;
  if (delta.revision < figures.revision) return figures;
  if (from > figures.revision) return undefined;
  if (votes !== undefined && votes.length !== figures.result.length) return undefined;
  const counts = votes ?? figures.result.map((line) => line.votes);
  const counted = counts.reduce((sum, count) => sum + count, 0);
  const result = figures.result.map((line, index) => ({
    ...line,
    votes: counts[index],
    share: counted === 0 ? 0 : counts[index] / counted,
  }));
  // These fields come and go; only a delta from this very revision knows which stay.
  const gone = { recounting: null, disputed: null, stale: null, asOf: null, behind: null };
  const fresh = from === figures.revision ? {} : gone;
  const fields = Object.entries({ ...figures, ...fresh, ...changed, counted, result });
  return Object.fromEntries(fields.filter(([, value]) => value !== null)) as unknown as LiveResult;
}

/** The stage of an election as a page shows it. */
export type Standing = "draft" | "counting" | "closed" | "recounting" | "disputed" | "certified";

/** The stage of an election; only an official result makes it certified. */
export function standingOf({
  status,
  official,
  recounting,
  disputed,
}: Pick<LiveResult, "status" | "official" | "recounting" | "disputed">): Standing {
  if (official) return "certified";
  if (status === "draft") return "draft";
  if (status === "open") return "counting";
  // A recount that runs once more has not ended the dispute.
  if (disputed !== undefined) return "disputed";
  return recounting ? "recounting" : "closed";
}
