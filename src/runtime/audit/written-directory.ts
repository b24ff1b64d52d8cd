import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { VoteError } from "../core/errors.js";

/** What the name of a file ends in that is not written to its end. */
export const unfinished = ".part";

/**
 * Makes sure that nobody has finished writing here: `last` is the file that is written last.
 *
 * @param what "a finished export"
 * @throws VoteError `invalid-usage`
 */
export async function requireUnwritten(
  directory: string,
  last: string,
  what: string,
): Promise<void> {
  const found = await readFile(join(directory, last)).catch(() => undefined);
  if (found === undefined) return;
  throw new VoteError("invalid-usage", `${directory} holds ${what} already.`, {
    hint: "Name another directory.",
  });
}

/** Writes a file, and its directory: whoever sees the file sees all of it. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path + unfinished, content, { flush: true });
  await rename(path + unfinished, path);
}
