import type { Delta } from "../../live/delta.js";
import type { LiveResult } from "../../results/result.js";

/** An election's result as it arrives in the browser. */
export type Figures = LiveResult;

/**
 * The figures after a delta. What it holds is absolute, so one from before these figures that leads
 * past them fits as well; an older one changes nothing.
 *
 * @returns `undefined` when something between is missing: the whole result has to be fetched
 */
export function withDelta(figures: Figures, delta: Delta): Figures | undefined {
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
  // How fresh the figures are comes and goes: only the same starting point knows what stays.
  const fresh = from === figures.revision ? {} : { stale: null, asOf: null, behind: null };
  const fields = Object.entries({ ...figures, ...fresh, ...changed, counted, result });
  return Object.fromEntries(fields.filter(([, value]) => value !== null)) as unknown as Figures;
}

/** What a reader has to know of a result before its figures. */
export type Standing = "draft" | "counting" | "recounting" | "certified";

/** Official is only what the certificate says, whatever the record of the election says. */
export function standingOf({ status, official }: Pick<Figures, "status" | "official">): Standing {
  if (official) return "certified";
  if (status === "draft") return "draft";
  return status === "open" ? "counting" : "recounting";
}
