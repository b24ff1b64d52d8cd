import type { LiveResult } from "../../contracts/http/result.js";

/**
 * The change between two states of one election: each field of the result that differs, with its
 * new value, or `null` if it is gone. Instead of `result` it has `votes`.
 */
export interface Delta {
  readonly election: string;
  /** The revision of the state that it applies to. */
  readonly from: number;
  readonly revision: number;
  /** When the figures were read, milliseconds since the epoch. */
  readonly at: number;
  /** By candidate, in the election's order; shares are derived from them. */
  readonly votes?: readonly number[];
  readonly [field: string]: unknown;
}

/**
 * Computes the delta between two results. Pure.
 *
 * @param at when `after` was read, milliseconds since the epoch
 * @returns undefined if a delta cannot express the change: other candidates or names, or a lower
 *   revision
 */
export function deltaOf(before: LiveResult, after: LiveResult, at: number): Delta | undefined {
  // Clients ignore an older delta; only a view that is corrected makes the revision fall.
  if (after.revision < before.revision || !sameCandidates(before, after)) return undefined;
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

/** Compares plain data whose keys have a fixed order. */
function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
