import { hash } from "node:crypto";

/** Names a public key: the first 8 bytes of its SHA-256, in hexadecimal. */
export function keyIdOf(publicKey: string): string {
  return hash("sha256", Buffer.from(publicKey, "base64url"), "hex").slice(0, 16);
}

/** Whether the text is 32 bytes in base64url, written as this program writes them. */
export function isPublicKey(text: string): boolean {
  const raw = Buffer.from(text, "base64url");
  return raw.length === 32 && raw.toString("base64url") === text;
}
