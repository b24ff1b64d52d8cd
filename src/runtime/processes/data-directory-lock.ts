import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, VoteError } from "../core/errors.js";
import { processIdentity } from "./process-identity.js";

/**
 * Locks a data directory for one whole system. Two systems would run two ingests and tallies side
 * by side, which is safe but never intended; single roles share a directory without the lock. The
 * file `dev.pid` names the holder by its process id and start time, so that a container that
 * restarts with the same process id takes its own directory over.
 *
 * @param as what holds the directory, for the error
 * @returns releases the lock
 * @throws VoteError `data-directory-held` while the holder lives; `data-directory-unusable`
 */
export async function lockDataDirectory(
  dataDir: string,
  as = "vote dev",
): Promise<() => Promise<void>> {
  const path = join(dataDir, "dev.pid");
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await claim(path)) return () => rm(path, { force: true });
      const [holder, identity] = (await readFile(path, "utf8").catch(() => "")).split("\n");
      const lives = identity && processIdentity(Number(holder)) === identity;
      if (lives) throw held(dataDir, as, holder);
      await rm(path, { force: true });
    }
  } catch (cause) {
    if (cause instanceof VoteError) throw cause;
    const reason = messageOf(cause);
    throw new VoteError("data-directory-unusable", `Data directory ${dataDir}: ${reason}.`, {
      hint: "Choose a directory that you can write to with --data-dir.",
      cause,
    });
  }
  throw held(dataDir, as, undefined);
}

async function claim(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n${processIdentity(process.pid)}\n`, {
      flag: "wx",
      mode: 0o600,
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function held(dataDir: string, as: string, holder: string | undefined): VoteError {
  const who = holder === undefined ? `another ${as}` : `${as} with process id ${holder}`;
  return new VoteError("data-directory-held", `Data directory ${dataDir} is held by ${who}.`, {
    hint: "Stop that one, or choose another --data-dir.",
  });
}
