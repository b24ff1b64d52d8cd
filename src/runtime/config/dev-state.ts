import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { DevState } from "../contracts/config/dev-state.js";
import { isAlive } from "../processes/process-identity.js";

/** `$XDG_STATE_HOME/vote/dev.json`, by default below `~/.local/state`. */
function devStateFile(): string {
  const base = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(base, "vote", "dev.json");
}

/** Writes the state in one step, so that no reader finds half of it. */
export async function writeDevState(state: DevState, path = devStateFile()): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}`;
  // Removed first: the mode below holds for a new file only.
  await rm(aside, { force: true });
  await writeFile(aside, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(aside, path);
}

/** Removes the state if it is still this process's own: a later `vote dev` may have replaced it. */
export async function removeDevState(pid: number, path = devStateFile()): Promise<void> {
  if ((await readState(path))?.pid === pid) await rm(path, { force: true });
}

/** The `vote dev` that runs now. What a dead one left behind is ignored. */
export async function runningDev(path = devStateFile()): Promise<DevState | undefined> {
  const state = await readState(path);
  return state !== undefined && isAlive(state.pid) ? state : undefined;
}

async function readState(path: string): Promise<DevState | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // Only now: most commands find no state to read.
  const { devStateSchema } = await import("../contracts/config/dev-state.js");
  try {
    return devStateSchema.parse(JSON.parse(text));
  } catch {
    // Half written, or another version's: as good as no `vote dev` at all.
    return undefined;
  }
}
