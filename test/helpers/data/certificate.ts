import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import { definitionHash, definitionOf } from "../../../src/runtime/core/formats/definition.js";
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
  election: Election,
  votes: readonly number[],
  changes: Partial<Certificate> = {},
): Promise<Certificate> {
  const { id, candidates, partitions } = election;
  return signCertificate(
    {
      version: 2,
      election: id,
      definition: definitionOf(election),
      definitionHash: definitionHash(election).toString("hex"),
      result: candidates.map(({ id: candidate }, index) => ({ candidate, votes: votes[index] })),
      counted: votes.reduce((sum, count) => sum + count, 0),
      rejected: {},
      refused: [],
      refusedCount: 0,
      voided: [],
      partitions: Array.from({ length: partitions }, (_, partition) => {
        return { partition, sequence: 9, hash: "ef", logEnd: 100, logDigest: "cd" };
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
