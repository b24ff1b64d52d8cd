/**
 * The candidate with the fewest single-character edits from `word`, if that is near enough to be
 * what was meant.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .sort((one, other) => one.edits - other.edits);
  const best = ranked[0];
  if (best === undefined) return undefined;
  const prefix = best.edits > 0 && candidates.find((candidate) => candidate.startsWith(word));
  const near = word.length < 4 ? 1 : Math.max(2, word.length / 3);
  if (best.edits <= near) return best.candidate;
  return prefix || undefined;
}

/** Levenshtein, one row at a time. */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const replaced = row[to - 1] + (one[at - 1] === other[to - 1] ? 0 : 1);
      next[to] = Math.min(replaced, row[to] + 1, next[to - 1] + 1);
    }
    row = next;
  }
  return row[other.length];
}
