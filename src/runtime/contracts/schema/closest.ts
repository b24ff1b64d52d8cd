import { distance } from "fastest-levenshtein";

/** The candidate that was probably meant by `word`: few edits away, or beginning with it. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const edits = new Map(candidates.map((candidate) => [candidate, distance(word, candidate)]));
  const [best] = [...edits].sort(([, one], [, other]) => one - other);
  const near = word.length < 4 ? 1 : Math.max(2, word.length / 3);
  if (best !== undefined && best[1] <= near) return best[0];
  return candidates.find((candidate) => candidate.startsWith(word));
}

/** "Did you mean smoke? ", to begin a hint with; empty when no candidate is close. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = closest(word, candidates);
  return near === undefined ? "" : `Did you mean ${near}? `;
}
