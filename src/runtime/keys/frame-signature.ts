import { asBuffer } from "../core/formats/bytes.js";
import { addSignature, type Frame, signedPart } from "../core/formats/frame.js";
import { isSignedBy, type SignatureCheck, type SigningKey } from "./signing.js";

/** A sealed frame, whose header names the key that is to sign it. */
interface SealedFrame {
  readonly bytes: Uint8Array;
}

/** Signs sealed frames in place, side by side. */
export async function signFrames(frames: readonly SealedFrame[], key: SigningKey): Promise<void> {
  await Promise.all(
    frames.map(async ({ bytes }) => {
      addSignature(asBuffer(bytes), await key.sign(signedPart(bytes)));
    }),
  );
}

/** Checks a frame's signature. @param publicKey the raw 32 bytes, base64url */
export function isFrameSignedBy(
  { bytes, signature }: Pick<Frame, "bytes" | "signature">,
  publicKey: string,
  check: SignatureCheck = isSignedBy,
): Promise<boolean> {
  return check(publicKey, signedPart(bytes), signature);
}
