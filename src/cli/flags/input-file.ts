import { readdir, readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { VoteError } from "../../runtime/core/errors.js";

/**
 * Reads a file that an argument names, or standard input for `-`.
 *
 * @throws VoteError `invalid-usage` if it cannot be read
 */
export async function contentOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/**
 * The directory that a flag names, as it is given.
 *
 * @throws VoteError `invalid-usage` if it cannot be read
 */
export async function existingDirectory(path: string): Promise<string> {
  await readdir(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  return path;
}

/** The error for a file that cannot be read. */
export function unreadable(file: string, cause: unknown): VoteError {
  const { code } = cause as NodeJS.ErrnoException;
  return new VoteError("invalid-usage", `Cannot read ${file} (${code}).`, {
    hint: "Check its path, and that you may read it.",
    cause,
  });
}
