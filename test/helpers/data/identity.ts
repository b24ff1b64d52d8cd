import { createHash } from "node:crypto";

/** The instance that tests give to an election: known by the id alone, in hexadecimal. */
const instanceFor = (id: string) =>
  createHash("sha256").update(`instance of ${id}`).digest("hex").slice(0, 32);

/** What an election is created with besides its own words, in tests that bring no real key. */
export const identityOf = (id: string) => ({
  instance: instanceFor(id),
  keyId: "key",
  keyFingerprint: "f1".repeat(32),
});

/** An election's instance as frames and segments hold it, by its id or its record. */
export function instanceBytes(election: string | { readonly instance: string }): Buffer {
  const hex = typeof election === "string" ? instanceFor(election) : election.instance;
  return Buffer.from(hex, "hex");
}

/** What a segment of no particular election and log is bound to. */
export const unbound = {
  instance: Buffer.alloc(16),
  definitionHash: Buffer.alloc(32),
  revision: 1,
  logDigest: Buffer.alloc(32),
  lastRecordHash: Buffer.alloc(32),
  refused: [],
} as const;
