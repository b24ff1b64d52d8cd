import { constants, createHmac, type KeyObject, sign } from "node:crypto";

/** Signs a token's head and claims, as an algorithm says. */
export type Signature = (input: string) => Buffer;

const by =
  (digest: string | null, options: object) =>
  (key: KeyObject): Signature =>
  (input) =>
    sign(digest, Buffer.from(input), { key, ...options });

export const hmac = (digest: string, key: string | Buffer): Signature => {
  return (input) => createHmac(digest, key).update(input).digest();
};
export const hs256 = (key: string | Buffer): Signature => hmac("sha256", key);
export const rs256 = by("sha256", {});
export const rs512 = by("sha512", {});
export const ps256 = by("sha256", {
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
});
export const es256 = by("sha256", { dsaEncoding: "ieee-p1363" });
export const es384 = by("sha384", { dsaEncoding: "ieee-p1363" });
export const edDsa = by(null, {});
export const unsigned: Signature = () => Buffer.alloc(0);

/** A token's head, or its claims, as they stand in it. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A token made by hand, so that what a library would refuse to sign can be signed. */
export function signedToken(header: unknown, payload: unknown, signature: Signature): string {
  const input = `${part(header)}.${part(payload)}`;
  return `${input}.${signature(input).toString("base64url")}`;
}

/** The key as a key set holds it. */
export const jwkOf = (key: KeyObject, kid: string, more: object = {}) => ({
  ...key.export({ format: "jwk" }),
  kid,
  ...more,
});
