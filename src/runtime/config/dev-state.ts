import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isAlive } from "../processes/process-identity.js";

/** Where the roles of a `vote dev` listen; `tally`: its status. */
export interface RoleUrls {
  readonly ingest: string;
  readonly serve: string;
  readonly tally: string;
  readonly admin: string;
}

/** What a running `vote dev` tells other commands, so that they find it without flags. */
export interface DevState {
  readonly pid: number;
  readonly engine: "embedded" | "cluster";
  /** The configuration file that it was told to use. */
  readonly config?: string;
  readonly dataDir: string;
  readonly urls: RoleUrls;
  /** Opens and closes elections through the admin API; the file is this user's alone. */
  readonly adminToken: string;
  /** Process ids of the roles that run now: absent while one is being started again. */
  readonly pids: { readonly ingest?: number; readonly tally?: number; readonly serve?: number };
  /** Id of the election that is open for trying things out. */
  readonly election: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/vote/dev.json`, by default below `~/.local/state`. */
export function devStateFile(env: Environment = process.env): string {
  const base = env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(base, "vote", "dev.json");
}

/** In one step, so that no reader finds half of it. */
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

/** The `vote dev` that runs now; what a dead one has left behind is ignored. */
export async function runningDev(path = devStateFile()): Promise<DevState | undefined> {
  const state = await readState(path);
  return state !== undefined && isAlive(state.pid) ? state : undefined;
}

async function readState(path: string): Promise<DevState | undefined> {
  try {
    const state = JSON.parse(await readFile(path, "utf8")) as Partial<DevState>;
    return isState(state) ? state : undefined;
  } catch {
    // Missing or half written: as good as no `vote dev` at all.
    return undefined;
  }
}

function isState(state: Partial<DevState> | null): state is DevState {
  return (
    typeof state?.pid === "number" &&
    (state.engine === "embedded" || state.engine === "cluster") &&
    typeof state.dataDir === "string" &&
    typeof state.election === "string" &&
    typeof state.urls?.ingest === "string" &&
    typeof state.urls.serve === "string" &&
    typeof state.urls.tally === "string" &&
    typeof state.urls.admin === "string" &&
    typeof state.adminToken === "string" &&
    typeof state.pids === "object"
  );
}
