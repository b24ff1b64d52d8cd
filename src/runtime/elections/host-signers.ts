import { keyUses, type Signer } from "../core/signers.js";
import type { KeyDirectory } from "../keys/key-directory.js";

/** This host's keys, as an election lists them. @param addedAt milliseconds since the epoch */
export async function hostSigners(keys: KeyDirectory, addedAt: number): Promise<Signer[]> {
  const signers: Signer[] = [];
  for (const use of keyUses) {
    const { id, publicKey } = await keys.signingKey(use);
    signers.push({ id, publicKey, use, addedAt });
  }
  return signers;
}
