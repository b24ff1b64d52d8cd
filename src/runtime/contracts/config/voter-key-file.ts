import { z } from "zod";
import { VoteError } from "../../core/errors.js";
import { type Contract, check } from "../schema/check.js";
import { hex } from "../schema/json-types.js";

const base64url = (bytes: number) =>
  z.string().refine((text) => Buffer.from(text, "base64url").length === bytes);

/** What `vote key export` writes: docs/formats.md has it. */
const voterKeyFileSchema = z.strictObject({
  kind: z.literal("vote voter key"),
  version: z.literal(1),
  election: z.string(),
  instance: hex(16),
  keyId: z.string(),
  keyFingerprint: hex(32),
  key: base64url(32).optional(),
  encrypted: z
    .strictObject({
      kdf: z.literal("scrypt"),
      cost: z.literal(32_768),
      blockSize: z.literal(8),
      parallelization: z.literal(1),
      salt: base64url(16),
      cipher: z.literal("aes-256-gcm"),
      nonce: base64url(12),
      key: base64url(32),
      tag: base64url(16),
    })
    .optional(),
});

export type VoterKeyFile = Contract<typeof voterKeyFileSchema>;

/** @throws VoteError `corrupt-key-file` for what `vote key export` would not write */
export function parseVoterKeyFile(text: string, file: string): VoterKeyFile {
  const refuse = (what: string) =>
    new VoteError("corrupt-key-file", `${file} is no file of a voter key: ${what}.`, {
      hint: "Name a file that `vote key export` has written, as it was written.",
    });
  let source: unknown;
  try {
    source = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  const content = check(voterKeyFileSchema, source, (field, detail) =>
    // A secret may stand there.
    refuse(/key|tag/.test(field) ? `${field} is not valid` : `${field || "it"} ${detail}`),
  );
  if ((content.key === undefined) !== (content.encrypted === undefined)) return content;
  throw refuse("it has to hold one key");
}
