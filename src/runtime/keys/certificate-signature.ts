import type { Election } from "../core/election.js";
import { type Certificate, certifiedBytes } from "../core/formats/certificate.js";
import { signerOf } from "../core/signers.js";
import { isSignedBy, type SignatureCheck, type SigningKey } from "./signing.js";

/** Signs a certificate, which names the key. */
export async function signCertificate(
  unsigned: Omit<Certificate, "keyId" | "signature">,
  key: SigningKey,
): Promise<Certificate> {
  const certificate = { ...unsigned, keyId: key.id };
  const signature = await key.sign(certifiedBytes(certificate));
  return { ...certificate, signature: signature.toString("base64url") };
}

/**
 * Says what is wrong with a certificate's signature.
 *
 * @returns undefined if an admin's key made it that the election trusts
 */
export async function signatureFault(
  certificate: Certificate,
  { signers }: Pick<Election, "signers">,
  check: SignatureCheck = isSignedBy,
): Promise<string | undefined> {
  const signer = signerOf(signers, certificate.keyId, "admin");
  if (signer === undefined) {
    return `it is signed with the key ${certificate.keyId}, which the election does not trust`;
  }
  const signature = Buffer.from(certificate.signature, "base64url");
  const isValid = await check(signer.publicKey, certifiedBytes(certificate), signature);
  return isValid ? undefined : "its signature does not fit its content";
}
