import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  type BackupManifest,
  damagedBackup,
  parseBackupManifest,
} from "../../contracts/audit/backup-manifest.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { syncDirectory } from "../../keys/secret-files.js";
import {
  expectedVersion,
  makeEmptyDirectory,
  requireVersion,
  unfinishedVersion,
  versionFile,
} from "../../wiring/data-directory.js";
import { backupFile, copying, factsOf, writeAtOnce, writeNew } from "./files.js";

type Files = BackupManifest["files"];

/**
 * Makes a data directory of a backup. Compares each file with the manifest before anything is
 * written, and what was written after it. Until then the version says that the directory is
 * unfinished, so that no program takes it for whole.
 *
 * @param onCopied hears of each file that is copied; the restoration waits for it
 * @throws VoteError `corrupt-backup` with the file, `data-directory-version`,
 *   `data-directory-unusable`; `invalid-usage` for a directory with something in it
 */
export async function restore(
  from: string,
  to: string,
  onCopied?: (name: string) => void | Promise<void>,
): Promise<BackupManifest> {
  const text = await readOf(from, backupFile, "it is missing, so the backup is not finished");
  const manifest = parseBackupManifest(text, from);
  await requireWhole(manifest.files, from, damagedBackup);
  const version = await readOf(from, versionFile, "it is missing");
  requireVersion(from, version, "Use the program version that made the backup.");
  await makeEmptyDirectory(to);
  await copying(from, to, () => writeNew(join(to, versionFile), unfinishedVersion));
  const files = manifest.files.filter(({ name }) => name !== versionFile);
  for (const { name } of files) {
    await copying(from, to, () => copyFile(join(from, name), join(to, name)));
    await onCopied?.(name);
  }
  await requireWhole(files, to, damagedCopy(to));
  await copying(from, to, () => writeAtOnce(join(to, versionFile), expectedVersion));
  return manifest;
}

async function readOf(from: string, name: string, ifMissing: string): Promise<string> {
  const path = join(from, name);
  return readFile(path, "utf8").catch((cause) => {
    throw unread(path, cause, damagedBackup, ifMissing);
  });
}

/** Resolves once the copy is on disk. */
async function copyFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const written = createWriteStream(to, { flags: "wx", mode: 0o600, flush: true });
  await pipeline(createReadStream(from), written);
  await syncDirectory(dirname(to));
}

async function requireWhole(
  files: Files,
  directory: string,
  damaged: typeof damagedBackup,
): Promise<void> {
  for (const { name, bytes, sha256 } of files) {
    const path = join(directory, name);
    // A manifest of somebody else's names no file outside.
    if (!/^[\w-]+(\/[\w.-]+)?$/.test(name)) throw damaged(path, "it has no such name");
    const found = await factsOf(path, name).catch((cause) => {
      throw unread(path, cause, damaged, "it is missing");
    });
    if (found.bytes !== bytes) {
      throw damaged(path, `it has ${found.bytes} bytes instead of ${bytes}`);
    }
    if (found.sha256 !== sha256) throw damaged(path, "its SHA-256 is not the manifest's");
  }
}

/** A file that is missing is damage; one that the operating system does not give may be whole. */
function unread(
  path: string,
  cause: NodeJS.ErrnoException,
  damaged: typeof damagedBackup,
  ifMissing: string,
): VoteError {
  if (cause.code === "ENOENT") return damaged(path, ifMissing);
  return new VoteError("data-directory-unusable", `Cannot read ${path}: ${messageOf(cause)}.`, {
    hint: "Check that you may read it, and the disk that it is on.",
    cause,
  });
}

function damagedCopy(to: string): typeof damagedBackup {
  return (path, what) =>
    new VoteError("corrupt-backup", `The restored file ${path} is damaged: ${what}.`, {
      hint: `No program takes ${to}, which is unfinished. Remove it, and restore to another disk.`,
    });
}
