import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { VoterKeyFile } from "../contracts/config/voter-key-file.js";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { canonicalJson } from "../core/formats/canonical-json.js";

// 32 MiB and a tenth of a second: the passphrase is drawn at random, not one that people remember.
const costs = { cost: 32_768, blockSize: 8, parallelization: 1 } as const;
const memoryBytes = 2 * 128 * costs.cost * costs.blockSize;
const cipher = "aes-256-gcm";

const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);

type KeyOf = Pick<Election, "id" | "instance" | "keyId" | "keyFingerprint">;

/** An election's key as `vote key export` writes it; encrypted if there is a passphrase. */
export async function sealVoterKey(
  { id, instance, keyId, keyFingerprint }: KeyOf,
  key: Buffer,
  passphrase?: string,
): Promise<VoterKeyFile> {
  const head = { election: id, instance, keyId, keyFingerprint };
  const plain = { kind: "vote voter key", version: 1, ...head } as const;
  if (passphrase === undefined) return { ...plain, key: key.toString("base64url") };
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const sealing = createCipheriv(cipher, await stretched(passphrase, salt), nonce);
  sealing.setAAD(Buffer.from(canonicalJson(head)));
  const sealed = Buffer.concat([sealing.update(key), sealing.final()]);
  const bytes = { salt, nonce, key: sealed, tag: sealing.getAuthTag() };
  const texts = Object.entries(bytes).map(([name, value]) => [name, value.toString("base64url")]);
  return {
    ...plain,
    encrypted: { kdf: "scrypt", ...costs, cipher, ...(Object.fromEntries(texts) as Texts) },
  };
}

type Texts = Readonly<Record<"salt" | "nonce" | "key" | "tag", string>>;

/**
 * The key in such a file.
 *
 * @throws VoteError `invalid-usage` without the passphrase that it needs, `corrupt-key-file` if the
 *   passphrase does not open it
 */
export async function openVoterKey(
  { election, instance, keyId, keyFingerprint, key, encrypted }: VoterKeyFile,
  passphrase: string | undefined,
): Promise<Buffer> {
  if (key !== undefined) return Buffer.from(key, "base64url");
  if (encrypted === undefined || passphrase === undefined) {
    throw new VoteError("invalid-usage", "The key file is encrypted.", {
      hint: "Name the file with its passphrase with --passphrase-file.",
    });
  }
  const { salt, nonce, key: sealed, tag } = encrypted;
  const from = (text: string) => Buffer.from(text, "base64url");
  const opening = createDecipheriv(cipher, await stretched(passphrase, from(salt)), from(nonce));
  opening.setAAD(Buffer.from(canonicalJson({ election, instance, keyId, keyFingerprint })));
  opening.setAuthTag(from(tag));
  try {
    return Buffer.concat([opening.update(from(sealed)), opening.final()]);
  } catch (cause) {
    throw new VoteError("corrupt-key-file", "The passphrase does not open the key file.", {
      hint: "It is another one, or the file was altered.",
      cause,
    });
  }
}

function stretched(passphrase: string, salt: Buffer): Promise<Buffer> {
  const { cost: N, blockSize: r, parallelization: p } = costs;
  return derive(passphrase.normalize("NFC"), salt, 32, { N, r, p, maxmem: memoryBytes });
}
