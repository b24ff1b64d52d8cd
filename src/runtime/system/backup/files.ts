import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { BackupManifest } from "../../contracts/audit/backup-manifest.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { syncDirectory } from "../../keys/secret-files.js";

/** The file that a backup is finished with. */
export const backupFile = "backup.json";

/** What a manifest says of a file. */
export async function factsOf(path: string, name: string): Promise<BackupManifest["files"][0]> {
  const sha256 = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    bytes += (chunk as Buffer).length;
    sha256.update(chunk as Buffer);
  }
  return { name, bytes, sha256: sha256.digest("hex") };
}

/** Writes a new file that its owner alone can read; resolves once it is on disk, by its name. */
export async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  await file
    .writeFile(content)
    .then(() => file.sync())
    .finally(() => file.close());
  await syncDirectory(dirname(path));
}

/** Gives a file its content at once, over an older one; resolves once it is on disk. */
export async function writeAtOnce(path: string, content: string): Promise<void> {
  await writeNew(`${path}.part`, content);
  await rename(`${path}.part`, path);
  await syncDirectory(dirname(path));
}

/**
 * Does what copies one directory to another.
 *
 * @throws VoteError `data-directory-unusable` for what the operating system refuses
 */
export async function copying<T>(from: string, to: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error && "syscall" in cause)) throw cause;
    const what = `Cannot copy ${from} to ${to}: ${messageOf(cause)}.`;
    const check = "Check the free space, and that you may read the one and write to the other";
    throw new VoteError("data-directory-unusable", what, {
      hint: `${check}; remove ${to}, and try again.`,
      cause,
    });
  }
}
