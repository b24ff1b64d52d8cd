import { createPrivateKey, createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isPublicKey, keyIdOf } from "../../../src/runtime/core/key-id.js";
import {
  isSignedBy,
  newPrivateKey,
  type SigningKey,
  signingKeyOf,
} from "../../../src/runtime/keys/signing.js";

/** RFC 8032, section 7.1, test 2. */
const rfc = {
  seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
  publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
  message: "72",
  signature:
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
};
const bytes = Buffer.from("a frame");

function made(pem = newPrivateKey()): SigningKey {
  const key = signingKeyOf(Buffer.from(pem));
  if (key === undefined) throw new Error("no key");
  return key;
}

describe("a signing key", () => {
  it("signs as RFC 8032 says", async () => {
    const der = Buffer.from(`302e020100300506032b657004220420${rfc.seed}`, "hex");
    const pem = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
      type: "pkcs8",
      format: "pem",
    });
    const key = made(String(pem));
    expect(Buffer.from(key.publicKey, "base64url").toString("hex")).toBe(rfc.publicKey);
    const signature = await key.sign(Buffer.from(rfc.message, "hex"));
    expect(signature.toString("hex")).toBe(rfc.signature);
  });

  it("is named by its public key", () => {
    const key = made();
    expect(key.id).toBe(keyIdOf(key.publicKey));
    expect(keyIdOf(Buffer.from(rfc.publicKey, "hex").toString("base64url"))).toBe(
      "39f713d0a644253f",
    );
  });

  it("is not read from anything else", () => {
    const publicPem = createPublicKey(newPrivateKey()).export({ type: "spki", format: "pem" });
    for (const text of ["", "no key", String(publicPem)]) {
      expect(signingKeyOf(Buffer.from(text))).toBeUndefined();
    }
  });
});

describe("isSignedBy", () => {
  it("takes the key's own signature over these bytes and nothing else", async () => {
    const key = made();
    const signature = await key.sign(bytes);
    expect(await isSignedBy(key.publicKey, bytes, signature)).toBe(true);
    expect(await isSignedBy(made().publicKey, bytes, signature)).toBe(false);
    expect(await isSignedBy(key.publicKey, Buffer.from("a Frame"), signature)).toBe(false);
    for (let bit = 0; bit < 8 * signature.length; bit += 37) {
      const altered = Buffer.from(signature);
      altered[bit >> 3] ^= 1 << (bit & 7);
      expect(await isSignedBy(key.publicKey, bytes, altered)).toBe(false);
    }
  });

  it("takes nothing by what is no key, or for a signature of another length", async () => {
    const key = made();
    const signature = await key.sign(bytes);
    for (const publicKey of ["", "AAAA", `${key.publicKey}=`, `${key.publicKey}A`]) {
      expect(isPublicKey(publicKey)).toBe(false);
      expect(await isSignedBy(publicKey, bytes, signature)).toBe(false);
    }
    expect(await isSignedBy(key.publicKey, bytes, signature.subarray(1))).toBe(false);
    expect(await isSignedBy(key.publicKey, bytes, Buffer.alloc(64))).toBe(false);
  });
});
