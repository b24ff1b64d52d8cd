/**
 * What became of a ballot, as one byte in a segment. 0 is counted; the rest are reasons for
 * rejection. The numbers are part of the segment format (docs/formats.md) and never
 * reused.
 */
export const decisionNames = [
  "counted",
  "already-voted",
  "election-closed",
  "unknown-candidate",
  "wrong-partition",
] as const;

export type DecisionName = (typeof decisionNames)[number];
type RejectionReason = Exclude<DecisionName, "counted">;

export const counted = 0;
export const alreadyVoted = 1;
export const electionClosed = 2;
export const unknownCandidate = 3;
export const wrongPartition = 4;

export const rejectionReasons = decisionNames.slice(1) as readonly RejectionReason[];
export const reasonCount = rejectionReasons.length;

/** So many rejected ballots of one voter are kept one by one; further ones are only counted. */
export const keptRejections = 16;

/** Not a decision: the fold's mark for a repeated ballot, which changes nothing. */
export const absorbedRetry = 255;
/** Not a decision: the fold's mark for a rejected ballot that is counted without being kept. */
export const unkeptRejection = 254;

/** Names rejection counts given in the order of `rejectionReasons`; leaves out zeros. */
export function rejectionsByName(counts: ArrayLike<number>): Record<string, number> {
  const byName: Record<string, number> = {};
  rejectionReasons.forEach((reason, index) => {
    if (counts[index] > 0) byName[reason] = counts[index];
  });
  return byName;
}
