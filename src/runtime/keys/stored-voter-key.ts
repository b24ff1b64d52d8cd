import { open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Election, KeyDestruction } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { keyFingerprint } from "../core/voter/key-fingerprint.js";
import { readIfPresent, syncDirectory } from "./secret-files.js";

export const electionKeyBytes = 32;
/** What a key that is being destroyed is overwritten with. */
const noKey = Buffer.alloc(electionKeyBytes);

type KeyName = Pick<Election, "keyId" | "keyFingerprint" | "keyDestroyed">;

/** The file in a key directory that holds an election's key. */
export function electionKeyFile(directory: string, keyId: string): string {
  return join(directory, `election-${keyId}.key`);
}

/** See `KeyDirectory.electionKey`. */
export async function readElectionKey(directory: string, name: KeyName): Promise<Buffer> {
  const { keyId } = name;
  // The id becomes part of a path, so it must not be able to leave the directory.
  const wellFormed = /^[a-z0-9][a-z0-9-]*$/.test(keyId);
  const key = wellFormed ? await readIfPresent(electionKeyFile(directory, keyId)) : undefined;
  const destroyed = name.keyDestroyed?.at(-1);
  if (destroyed !== undefined && (key === undefined || key.equals(noKey))) {
    throw keyDestroyed(destroyed);
  }
  if (key?.length === electionKeyBytes) {
    if (keyFingerprint(key) === name.keyFingerprint) return key;
    throw wrongKey(keyId);
  }
  const what = key === undefined ? "is missing" : `is not ${electionKeyBytes} bytes long`;
  throw new VoteError("data-directory-unusable", `The election key ${keyId} ${what}.`, {
    hint:
      "Without it, no ballot of its election can be taken. Restore it from a backup, or bring it " +
      "from another host with `vote key export` and `vote key import`.",
  });
}

/** The error for whoever needs the key of an election, on a host that has none any more. */
export function keyDestroyed({ at }: KeyDestruction): VoteError {
  const when = new Date(at).toISOString();
  return new VoteError("key-destroyed", `The election's voter key was destroyed on ${when}.`, {
    hint: "Nobody can find a voter's ballot any more. The result and its audit need no key.",
  });
}

/** Another key would give each voter another tag, and with it a second vote. */
function wrongKey(keyId: string): VoteError {
  return new VoteError("wrong-election-key", `The key ${keyId} here is not the election's key.`, {
    hint:
      "Remove its file, and bring the key from the host that created the election: " +
      "`vote key export` there, `vote key import` here.",
    publicMessage: "This host cannot take ballots of this election.",
  });
}

/**
 * Overwrites an election's key where it stands, and flushes it. What the file system or the disk
 * keeps of the old bytes elsewhere is out of reach.
 *
 * @returns false if there is no file
 * @throws VoteError as `readElectionKey` does for another key
 */
export async function overwriteElectionKey(directory: string, name: KeyName): Promise<boolean> {
  const file = electionKeyFile(directory, name.keyId);
  const stored = await readIfPresent(file);
  if (stored === undefined) return false;
  if (stored.equals(noKey)) return true;
  await readElectionKey(directory, name);
  await changed(file, async () => {
    const handle = await open(file, "r+");
    try {
      await handle.write(noKey, 0, noKey.length, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return true;
}

/** Removes the file of a key that is overwritten. @throws VoteError `data-directory-unusable` */
export async function removeElectionKey(directory: string, keyId: string): Promise<void> {
  const file = electionKeyFile(directory, keyId);
  await changed(file, async () => {
    await unlink(file);
    await syncDirectory(directory);
  });
}

async function changed(file: string, change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new VoteError("data-directory-unusable", `Cannot destroy ${file} (${code}).`, {
      hint: "Run it as the owner of the key directory, and again: it goes on where it was.",
      cause,
    });
  }
}
