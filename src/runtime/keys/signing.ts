import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { isPublicKey, keyIdOf } from "../core/key-id.js";

/** An Ed25519 key of this host. It signs in libuv's threads, not in the main thread. */
export interface SigningKey {
  /** See `keyIdOf`. */
  readonly id: string;
  /** The same as 8 bytes, as frames name it. */
  readonly idBytes: Buffer;
  /** The raw 32 bytes, base64url. */
  readonly publicKey: string;
  /** @returns 64 bytes */
  sign(bytes: Uint8Array): Promise<Buffer>;
}

/** Creates a private key. @returns PKCS8 as PEM */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

/** Draws a key that is kept nowhere. */
export function drawSigningKey(): SigningKey {
  return signingKeyFrom(generateKeyPairSync("ed25519").privateKey);
}

/** Reads a private key. @returns undefined if it is not an Ed25519 key */
export function signingKeyOf(pem: Buffer): SigningKey | undefined {
  const key = orUndefined(() => createPrivateKey(pem));
  return key?.asymmetricKeyType === "ed25519" ? signingKeyFrom(key) : undefined;
}

function signingKeyFrom(key: KeyObject): SigningKey {
  const { x: publicKey = "" } = createPublicKey(key).export({ format: "jwk" });
  const id = keyIdOf(publicKey);
  return {
    id,
    idBytes: Buffer.from(id, "hex"),
    publicKey,
    sign: (bytes) =>
      new Promise((resolve, reject) =>
        sign(null, bytes, key, (error, signature) => {
          if (error === null) resolve(signature);
          else reject(error);
        }),
      ),
  };
}

/**
 * Checks a signature, in libuv's threads.
 *
 * @param publicKey the raw 32 bytes, base64url; with any other text no signature is valid
 */
export function isSignedBy(
  publicKey: string,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const key = publicKeyOf(publicKey);
  if (key === undefined) return Promise.resolve(false);
  return new Promise((resolve, reject) =>
    verify(null, bytes, key, signature, (error, valid) => {
      if (error === null) resolve(valid);
      else reject(error);
    }),
  );
}

/** Checks signatures as `isSignedBy` does; a simulation does it without threads. */
export type SignatureCheck = typeof isSignedBy;

const maxCachedKeys = 1_000;
/** Key objects are kept, because creating one takes longer than checking a signature. */
const publicKeys = new Map<string, KeyObject>();

function publicKeyOf(x: string): KeyObject | undefined {
  const cached = publicKeys.get(x);
  if (cached !== undefined) return cached;
  const jwk = { kty: "OKP", crv: "Ed25519", x };
  const key = isPublicKey(x)
    ? orUndefined(() => createPublicKey({ key: jwk, format: "jwk" }))
    : undefined;
  if (publicKeys.size >= maxCachedKeys) publicKeys.clear();
  if (key !== undefined) publicKeys.set(x, key);
  return key;
}

function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
