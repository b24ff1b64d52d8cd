import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { DevState } from "../contracts/config/dev-state.js";
import { VoteError } from "../core/errors.js";
import { isAlive } from "../processes/process-identity.js";

/** What a command says about the `vote dev` that it means. */
export interface DevWish {
  /** Its port. */
  readonly dev?: string;
  /** The directory that it runs over. */
  readonly "data-dir"?: string;
}

/** `$XDG_STATE_HOME/vote/dev`, by default below `~/.local/state`: a file for each `vote dev`. */
function stateFolder(): string {
  const base = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(base, "vote", "dev");
}

const fileOf = (pid: number) => join(stateFolder(), `${pid}.json`);

/**
 * Writes the state in one step, so that no reader finds half of it, and clears away what was left
 * by those that were killed.
 */
export async function writeDevState(state: DevState): Promise<void> {
  await mkdir(stateFolder(), { recursive: true, mode: 0o700 });
  for (const name of await readdir(stateFolder())) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(stateFolder(), name), { force: true });
  }
  const path = fileOf(state.pid);
  const aside = `${path}.new`;
  // Removed first: the mode below holds for a new file only.
  await rm(aside, { force: true });
  await writeFile(aside, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await rename(aside, path);
}

/** Removes the state of one `vote dev`. */
export async function removeDevState(pid: number): Promise<void> {
  await rm(fileOf(pid), { force: true });
}

/** Every `vote dev` that runs now, by port. What a dead one left behind is ignored. */
export async function runningDevs(): Promise<DevState[]> {
  const names = await readdir(stateFolder()).catch(() => []);
  const states = await Promise.all(names.filter((name) => /^\d+\.json$/.test(name)).map(readState));
  return states
    .flatMap((state) => (state !== undefined && isAlive(state.pid) ? [state] : []))
    .sort((one, other) => Number(devName(one)) - Number(devName(other)));
}

/** The name of a `vote dev`, by which `--dev` finds it: its port. */
export function devName({ urls }: DevState): string {
  return new URL(urls.ingest).port;
}

/**
 * Says how to start a `vote dev` beside whatever has one of its ports.
 *
 * @param port  of its ingest; serve and admin take the next two
 * @param devs  those that run
 */
export function portsHint(port: number, devs: readonly DevState[]): string {
  const wanted = [port, port + 1, port + 2].map(String);
  const holder = devs.find(({ urls }) => {
    return Object.values(urls).some((url) => wanted.includes(new URL(url).port));
  });
  if (holder === undefined) {
    return `The roles take ${port} to ${port + 2}: choose another --port, or --port 0.`;
  }
  const who = `The vote dev with process id ${holder.pid} runs there, over ${holder.dataDir}`;
  return `${who}: give --port 0 for free ports beside it, or stop it.`;
}

/**
 * The `vote dev` that a command means: the one over its data directory, the one that it names, or
 * the only one that runs.
 *
 * @returns undefined when none runs, or none over that directory
 * @throws VoteError `invalid-usage` when several run and none is named; `not-running`
 */
export async function runningDev(wish: DevWish = {}): Promise<DevState | undefined> {
  const devs = await runningDevs();
  const dataDir = wish["data-dir"];
  if (dataDir !== undefined) return devs.find((one) => one.dataDir === resolve(dataDir));
  if (wish.dev !== undefined) {
    const named = devs.find((one) => devName(one) === wish.dev);
    if (named !== undefined) return named;
    const detail = `No vote dev runs on port ${wish.dev.slice(0, 40)}.`;
    throw new VoteError("not-running", detail, { hint: listText(devs) });
  }
  if (devs.length < 2) return devs[0];
  const detail = `${devs.length} vote dev are running: which one?`;
  throw new VoteError("invalid-usage", detail, { hint: listText(devs) });
}

function listText(devs: readonly DevState[]): string {
  if (devs.length === 0) return "Start one with `vote dev`.";
  const each = devs.map((one) => `--dev ${devName(one)} (${one.dataDir})`);
  return `Say which: ${each.join(", ")}.`;
}

async function readState(name: string): Promise<DevState | undefined> {
  const text = await readFile(join(stateFolder(), name), "utf8").catch(() => undefined);
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
