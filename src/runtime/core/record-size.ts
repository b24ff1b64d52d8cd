import type { Election } from "./election.js";
import { VoteError } from "./errors.js";
import { maxElectionBytes } from "./limits.js";

/**
 * Checks that an election's record, with what an admin adds to it, leaves room for its signers, its
 * close and its certification.
 *
 * @throws VoteError `invalid-election`
 */
export function requireRoomFor(election: Election): void {
  const bytes = Buffer.byteLength(JSON.stringify(election));
  if (bytes <= maxElectionBytes) return;
  throw new VoteError(
    "invalid-election",
    `The record of election ${election.id} would have ${bytes} bytes.`,
    { hint: `It has room for ${maxElectionBytes}. Give a shorter reason.` },
  );
}
