import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import type { Signer } from "../../../src/runtime/core/signers.js";
import { signCertificate } from "../../../src/runtime/keys/certificate-signature.js";
import { newPrivateKey, type SigningKey, signingKeyOf } from "../../../src/runtime/keys/signing.js";

/** An admin's key, for tests that sign without a key directory. */
export const adminKey = signingKeyOf(Buffer.from(newPrivateKey())) as SigningKey;

/** The same as an election lists it. */
export const adminSigner: Signer = {
  id: adminKey.id,
  publicKey: adminKey.publicKey,
  use: "admin",
  addedAt: 1,
};

/** A certificate with these votes, in the order of the candidates, signed with `adminKey`. */
export function certificateOf(
  { id, candidates, partitions }: Election,
  votes: readonly number[],
  changes: Partial<Certificate> = {},
): Promise<Certificate> {
  return signCertificate(
    {
      version: 2,
      election: id,
      result: candidates.map(({ id: candidate }, index) => ({ candidate, votes: votes[index] })),
      counted: votes.reduce((sum, count) => sum + count, 0),
      rejected: {},
      partitions: Array.from({ length: partitions }, (_, partition) => {
        return { partition, sequence: 9, hash: "ef", logEnd: 100 };
      }),
      digest: "ab",
      trailHead: "cd",
      verified: ["ledger", "log"],
      verifiedBy: { program: "vote", version: "1" },
      certifiedAt: 4,
      certifiedBy: "ada",
      ...changes,
    },
    adminKey,
  );
}
