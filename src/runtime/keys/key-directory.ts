import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { KeyUse } from "../core/signers.js";
import { keyFingerprint } from "../core/voter/key-fingerprint.js";
import { readIfPresent, writeOnce } from "./secret-files.js";
import { newPrivateKey, type SigningKey, signingKeyOf } from "./signing.js";
import { electionKeyBytes, electionKeyFile, readElectionKey } from "./stored-voter-key.js";

/** What an election's record says about its key. */
export type ElectionKeyName = Pick<Election, "keyId" | "keyFingerprint" | "keyDestroyed">;

/** The directory of secrets: one file each, which only its owner may read (mode 0600). */
export interface KeyDirectory {
  /**
   * Creates the secret that turns an election's voter ids into voter tags.
   *
   * @returns its name, durable once this resolves
   */
  createElectionKey(): Promise<ElectionKeyName>;
  /**
   * @throws VoteError `data-directory-unusable` if the key is missing or damaged,
   *   `wrong-election-key` if it is not the one that the election was created with,
   *   `key-destroyed` if a host has destroyed it, and there is none here
   */
  electionKey(name: ElectionKeyName): Promise<Buffer>;
  /**
   * Returns the secret that signs and verifies development tokens (HS256), and creates it at the
   * first use. Processes that ask at the same time all get the same one.
   */
  tokenSecret(): Promise<Buffer>;
  /**
   * Returns this host's key for the use, and creates it at the first call. Processes that ask at
   * the same time all get the same one.
   *
   * @throws VoteError `data-directory-unusable` if its file cannot be read or holds no such key
   */
  signingKey(use: KeyUse): Promise<SigningKey>;
}

/** RFC 7518 requires at least the hash's own length. */
const minTokenSecretBytes = 32;

/** Opens a key directory, whose files are created when they are first needed. */
export function openKeyDirectory(path: string): KeyDirectory {
  return {
    async createElectionKey() {
      const keyId = randomBytes(8).toString("hex");
      const key = randomBytes(electionKeyBytes);
      await writeOnce(path, electionKeyFile(path, keyId), key);
      return { keyId, keyFingerprint: keyFingerprint(key) };
    },
    electionKey: (name) => readElectionKey(path, name),
    async tokenSecret() {
      const file = join(path, "token.secret");
      if ((await readIfPresent(file)) === undefined) {
        await writeOnce(path, file, Buffer.from(`${randomBytes(32).toString("base64url")}\n`));
      }
      return readTokenSecret(file);
    },
    signingKey: (use) => openSigningKey(path, use),
  };
}

async function openSigningKey(directory: string, use: KeyUse): Promise<SigningKey> {
  const file = join(directory, `${use}.key`);
  let stored = await readIfPresent(file);
  if (stored === undefined) {
    await writeOnce(directory, file, Buffer.from(newPrivateKey()));
    stored = await readIfPresent(file);
  }
  const key = stored === undefined ? undefined : signingKeyOf(stored);
  if (key !== undefined) return key;
  throw new VoteError("data-directory-unusable", `${file} holds no Ed25519 private key.`, {
    hint: "Restore it from a backup. If you use another key, add it with `vote election trust`.",
  });
}

/**
 * Reads an HS256 secret from a file: all its characters except a line break at the end.
 *
 * @throws VoteError `invalid-usage` if it cannot be read or is too short
 */
export async function readTokenSecret(file: string): Promise<Buffer> {
  const content = await readIfPresent(file);
  if (content === undefined) {
    throw new VoteError("invalid-usage", `The token secret file ${file} does not exist.`);
  }
  const secret = Buffer.from(content.toString("latin1").replace(/\r?\n$/, ""), "latin1");
  if (secret.length >= minTokenSecretBytes) return secret;
  throw new VoteError("invalid-usage", `The token secret in ${file} is too short.`, {
    hint: `HS256 needs at least ${minTokenSecretBytes} random bytes.`,
  });
}
