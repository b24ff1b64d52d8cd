import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { addSignature, signedPart } from "../../../src/runtime/core/formats/frame.js";
import { keyIdOf } from "../../../src/runtime/core/key-id.js";
import type { KeyUse, Signer } from "../../../src/runtime/core/signers.js";

/** An Ed25519 key that tests sign with. It is known to everybody. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: string;
  readonly id: string;
}

/** The key with this seed: the same in every run, so that frames are, too. */
export function testKey(seed: number): TestKey {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const der = Buffer.concat([prefix, Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const { x: publicKey = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  return { privateKey, publicKey, id: keyIdOf(publicKey) };
}

/** What signs the frames and close markers that tests make. */
export const testKeys = { frames: testKey(1), admin: testKey(2) } as const;

/** The key as an election lists it. */
export function signerFor(key: TestKey, use: KeyUse): Signer {
  return { id: key.id, publicKey: key.publicKey, use, addedAt: 1 };
}

/** The keys above, as an election lists them that takes what tests make. */
export const testSigners: readonly Signer[] = [
  signerFor(testKeys.frames, "frames"),
  signerFor(testKeys.admin, "admin"),
];

/** Signs a sealed frame in place, at once. */
export function signedFrame(frame: Buffer, { privateKey }: TestKey): Buffer {
  addSignature(frame, sign(null, signedPart(frame), privateKey));
  return frame;
}
