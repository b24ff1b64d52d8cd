import type { LiveResult } from "../results/result.js";

/**
 * What changed between two states of one election: the fields of the result that are different,
 * whole, and `null` for those that are gone. Instead of `result` it has `votes`.
 */
export interface Delta {
  readonly election: string;
  /** Applies to the state of this revision only. */
  readonly from: number;
  readonly revision: number;
  /** When the figures were read, milliseconds since the epoch. */
  readonly at: number;
  /** By candidate, in the election's order; the shares follow from them. */
  readonly votes?: readonly number[];
  readonly [field: string]: unknown;
}

/**
 * Pure.
 *
 * @param at when `after` was read, milliseconds since the epoch
 * @returns undefined where a delta cannot say it: other candidates, or other names
 */
export function deltaOf(before: LiveResult, after: LiveResult, at: number): Delta | undefined {
  if (!sameCandidates(before, after)) return undefined;
  const delta: Record<string, unknown> = {
    election: after.election,
    from: before.revision,
    revision: after.revision,
    at,
  };
  const [old, now]: Record<string, unknown>[] = [{ ...before }, { ...after }];
  for (const field of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (field === "result" || field === "election" || field === "revision") continue;
    if (!same(old[field], now[field])) delta[field] = now[field] ?? null;
  }
  const votes = votesOf(after);
  if (!same(votesOf(before), votes)) delta.votes = votes;
  return delta as unknown as Delta;
}

function sameCandidates(before: LiveResult, after: LiveResult): boolean {
  return (
    before.election === after.election &&
    before.result.length === after.result.length &&
    before.result.every(({ candidate, name }, index) => {
      const other = after.result[index];
      return candidate === other.candidate && name === other.name;
    })
  );
}

const votesOf = ({ result }: LiveResult) => result.map(({ votes }) => votes);

/** Plain data with keys in one order: the same text is the same value. */
function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
