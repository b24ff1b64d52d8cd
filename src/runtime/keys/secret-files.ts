import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { VoteError } from "../core/errors.js";

const chunkCharacters = 1_048_576;

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

/**
 * Writes lines to a file that only its owner can read, whole or not at all, over an older one.
 *
 * @throws VoteError `invalid-usage` for a path that cannot be written
 */
export async function writeSecretLines(file: string, lines: Iterable<string>): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(temporary, inChunks(lines), { mode: 0o600, flag: "wx" });
    await rename(temporary, file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new VoteError("invalid-usage", `Cannot write ${file} (${code}).`, {
      hint: "Name a file in a directory that exists and can be written to.",
      cause,
    });
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/** As a write for each line would take a second for 100,000 of them. */
function* inChunks(lines: Iterable<string>): Generator<string> {
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < chunkCharacters) continue;
    yield text;
    text = "";
  }
  yield text;
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
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
