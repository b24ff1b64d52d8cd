import type { VoteKeys } from "../../contracts/http/vote-keys.js";
import { VoteError } from "../../core/errors.js";
import { signedPart } from "../../core/formats/frame.js";
import { corrupt, type Receipt } from "../../core/formats/receipt.js";
import type { Signer } from "../../core/signers.js";
import { isSignedBy } from "../../keys/signing.js";

/**
 * Verifies who has signed a receipt.
 *
 * @param keys by election; of these, the receipt names one
 * @returns the key
 * @throws VoteError `unknown-election` if it is not among them; `corrupt-receipt` for another
 *   instance, a key that the election does not trust, and a signature that is not that key's
 */
export async function signerOfReceipt(receipt: Receipt, keys: VoteKeys): Promise<Signer> {
  const { election: id, instance, keyId, signature } = receipt.frame;
  const election = keys.elections.find((one) => one.id === id);
  if (election === undefined) throw unknownElection(id);
  if (election.instance !== Buffer.from(instance).toString("hex")) {
    throw corrupt(`it is of another election with the id ${id}, earlier or later`);
  }
  const name = Buffer.from(keyId).toString("hex");
  const signer = election.keys.find((key) => key.id === name && key.use === "frames");
  if (signer === undefined) {
    throw corrupt(`it is signed with the key ${name}, which election ${id} does not trust`);
  }
  if (await isSignedBy(signer.publicKey, signedPart(receipt.promise), signature)) return signer;
  throw corrupt(`its signature, at byte 160, is not one with the key ${name} over what it says`);
}

function unknownElection(id: string): VoteError {
  return new VoteError(
    "unknown-election",
    `The receipt is for election ${id}, which is not here.`,
    {
      hint: "Name the data directory or the export that has it, or a file of its keys with --keys.",
    },
  );
}
