import type { Election } from "./election.js";
import { VoteError } from "./errors.js";
import { isPublicKey, keyIdOf } from "./key-id.js";
import { maxSigners } from "./limits.js";
import { type KeyUse, type Signer, signerOf } from "./signers.js";

/**
 * Adds a key that the election trusts from now on.
 *
 * @param addedAt milliseconds since the epoch
 * @returns the same election if it trusts the key for this use already
 * @throws VoteError `invalid-election` for what is no public key, or one key too many;
 *   `invalid-transition` for a certified election
 */
export function withSigner(
  election: Election,
  publicKey: string,
  use: KeyUse,
  addedAt: number,
): Election {
  const { id, status, signers, revision } = election;
  if (!isPublicKey(publicKey)) {
    throw new VoteError("invalid-election", "The key is no public key.", {
      hint: "`vote key show`, on the host that signs with it, prints it.",
    });
  }
  const signer = { id: keyIdOf(publicKey), publicKey, use, addedAt };
  if (signerOf(election.signers, signer.id, use) !== undefined) return election;
  if (status === "certified") {
    throw new VoteError("invalid-transition", `Election ${id} is already certified.`, {
      hint: "Nothing more is signed for it.",
    });
  }
  if (signers.length >= maxSigners) {
    throw new VoteError("invalid-election", `Election ${id} trusts ${signers.length} keys.`, {
      hint: "It can trust no more. Hosts may share a key.",
    });
  }
  return { ...election, signers: [...signers, signer], revision: revision + 1 };
}

/**
 * Requires that the election trusts a key of this host.
 *
 * @throws VoteError `untrusted-key`
 */
export function requireTrusted(
  election: Election,
  key: Pick<Signer, "id" | "publicKey">,
  use: KeyUse,
): void {
  if (signerOf(election.signers, key.id, use)?.publicKey === key.publicKey) return;
  throw new VoteError(
    "untrusted-key",
    `Election ${election.id} does not trust this host's ${use} key ${key.id}.`,
    {
      hint: `Run \`vote election trust ${election.id} --use ${use} --key ${key.publicKey}\`.`,
      publicMessage: "This host is not ready for this election.",
    },
  );
}
