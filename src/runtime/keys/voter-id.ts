import type { VoteError } from "../core/errors.js";
import { maxVoterIdBytes } from "../core/limits.js";

/**
 * Checks a voter id as its issuer asserts it: 1 to 256 bytes of UTF-8, compared byte by byte. It
 * refuses a lone surrogate, which becomes U+FFFD in UTF-8, so that two voters would become one.
 *
 * @returns the id itself
 */
export function requireVoterId(id: string, refusal: () => VoteError): string {
  const bytes = Buffer.byteLength(id);
  if (bytes < 1 || bytes > maxVoterIdBytes) throw refusal();
  if (bytes !== id.length && /\p{Surrogate}/u.test(id)) throw refusal();
  return id;
}
