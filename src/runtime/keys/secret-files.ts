import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { VoteError } from "../core/errors.js";

/** Reads a file. @throws VoteError `data-directory-unusable` if it exists and cannot be read */
export async function readIfPresent(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    throw new VoteError("data-directory-unusable", `Cannot read ${file} (${code}).`, { cause });
  }
}

/**
 * Writes a file whole or not at all, and never over another. A link is exclusive and atomic, so a
 * process that finds the file finds all of it.
 *
 * @throws VoteError `data-directory-unusable`
 */
export async function writeOnce(directory: string, file: string, content: Buffer): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeDurably(temporary, content);
    await link(temporary, file);
    await syncDirectory(directory);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EEXIST") return;
    throw new VoteError("data-directory-unusable", `Cannot write ${file} (${code}).`, { cause });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeDurably(file: string, content: Buffer): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes a directory, because a new name in it is durable only then. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
