import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, VoteError } from "../core/errors.js";
import { openToRead } from "./environment.js";

/**
 * Copies an environment as of one moment, while other processes write to it: one read transaction,
 * without the pages that are free. Resolves once the copy is on disk.
 *
 * @throws VoteError `data-directory-unusable` for one that cannot be read, or a copy that cannot be
 *   written
 */
export async function copyEnvironment(from: string, to: string): Promise<void> {
  const environment = openToRead(from);
  try {
    await mkdir(to, { recursive: true, mode: 0o700 });
    await environment.backup(to, true);
    await flush(join(to, "data.mdb"));
    await flush(to);
  } catch (cause) {
    const what = `Cannot copy ${from} to ${to}: ${messageOf(cause)}.`;
    throw new VoteError("data-directory-unusable", what, {
      hint: "Check the free space there, and that you may write to it.",
      cause,
    });
  } finally {
    await environment.close();
  }
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r");
  await file.sync().finally(() => file.close());
}
