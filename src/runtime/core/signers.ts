export const keyUses = ["frames", "admin"] as const;
/** `frames`: what ingests and generators append. `admin`: close markers, certificates, changes. */
export type KeyUse = (typeof keyUses)[number];

/** A key that an election trusts. */
export interface Signer {
  /** See `keyIdOf`. */
  readonly id: string;
  /** Ed25519: the raw 32 bytes, base64url. */
  readonly publicKey: string;
  readonly use: KeyUse;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
}

/** The key with this id, if it is for this use. */
export function signerOf(
  signers: readonly Signer[],
  keyId: string,
  use: KeyUse,
): Signer | undefined {
  return signers.find((signer) => signer.id === keyId && signer.use === use);
}
