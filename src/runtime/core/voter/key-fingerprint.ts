import { createHash } from "node:crypto";

/** Sets this hash apart from every other use of the key. */
const context = "vote voter key v2";

/**
 * What an election's record says of its key, so that no host tags its voters with another: two
 * keys under one id would give each voter two votes. It says nothing about the key itself.
 *
 * @param electionKey 32 random bytes
 * @returns 64 hexadecimal digits
 */
export function keyFingerprint(electionKey: Uint8Array): string {
  return createHash("sha256").update(context).update(electionKey).digest("hex");
}
