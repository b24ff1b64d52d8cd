import type { Texts } from "./texts-en.js";

/**
 * Says in the reader's language why a ballot was refused.
 *
 * @param code the error's code
 * @param again the ballot was sent before, without a clear answer
 */
export function refusalText(code: string, again: boolean, { voting }: Texts): string {
  const refused = voting.refused(voting.refusals[code] ?? voting.refusedOtherwise(code));
  return again ? `${refused} ${voting.earlierUnknown}` : refused;
}

/** What a page says of a ballot that has arrived, but does not count. */
export interface RejectionTexts {
  readonly heading: string;
  /** Stands before the receipt. */
  readonly note: string;
  readonly decision: string;
  /** Whether another ballot of the same voter counts. */
  readonly hasVoted: boolean;
}

/** Says in the reader's language why a ballot that has arrived does not count. */
export function rejectionTexts(reason: string, { voting }: Texts): RejectionTexts {
  const hasVoted = reason === "already-voted";
  return {
    heading: hasVoted ? voting.votedBefore : voting.notCounted,
    note: hasVoted ? voting.votedBeforeNote : voting.notCountedNote,
    decision: voting.rejected(voting.rejections[reason] ?? reason),
    hasVoted,
  };
}
