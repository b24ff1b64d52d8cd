import type { LeafProof } from "../../../runtime/contracts/audit/published-log.js";
import { formatCount } from "../../../runtime/text/numbers.js";

/** Renders what `vote audit proof` has found. */
export function leafProofText(proof: LeafProof): string {
  const { ballotId, origin, size, root } = proof;
  return [
    verdictOf(proof),
    "",
    `  ballot  ${ballotId}`,
    `  log     ${origin}`,
    `  leaves  ${formatCount(size)}`,
    `  root    ${root}`,
    "",
    "Compare the root with other people's: who has the same one has the same decisions.",
  ].join("\n");
}

function verdictOf({ outcome, decision, index, path = [], partition }: LeafProof): string {
  if (outcome === "late") {
    return `· It has no leaf: by its receipt it stands behind the end of partition ${partition}.`;
  }
  if (outcome === "not-kept") {
    return "· It has no leaf: of a voter with so many rejected ballots, no more are kept.";
  }
  const what = decision === "counted" ? "✓ It is counted" : `· It is rejected (${decision})`;
  return `${what}: leaf ${index} of the log, which ${path.length} hashes prove.`;
}
