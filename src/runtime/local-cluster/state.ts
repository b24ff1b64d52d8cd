import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isRunning, type ServerProcess } from "./servers/server-process.js";
import type { Service } from "./servers/versions.js";

/** A server in the state file. */
export interface ServerRecord extends ServerProcess {
  readonly name: string;
  readonly service: Service;
  readonly port: number;
  /** Port of a broker's controller. */
  readonly controllerPort?: number;
}

/** The contents of `services.json`: what runs in a directory. */
export interface ServicesState {
  readonly version: 1;
  readonly dir: string;
  readonly servers: readonly ServerRecord[];
}

/** Where roles reach the servers; a server that does not run is absent. */
export interface Endpoints {
  readonly kafka?: { readonly brokers: readonly string[] };
  readonly dynamodb?: { readonly endpoint: string };
  readonly redis?: { readonly url: string };
}

const stateFile = (dir: string): string => join(dir, "services.json");

/** Reads the state file of a directory; undefined when nothing was started there. */
export async function readState(dir: string): Promise<ServicesState | undefined> {
  try {
    const state = JSON.parse(await readFile(stateFile(dir), "utf8")) as ServicesState;
    return state.version === 1 && Array.isArray(state.servers) ? state : undefined;
  } catch {
    // A file that is missing or not ours means that nothing runs.
    return undefined;
  }
}

/**
 * Replaces the file atomically, so that no reader sees half of it.
 *
 * @param announce lets commands that run elsewhere find these servers, too
 */
export async function writeState(state: ServicesState, announce: boolean): Promise<void> {
  await writeAside(stateFile(state.dir), state);
  if (announce) await writeAside(pointerFile(), { dir: state.dir });
}

/** Removes the state file of a directory. */
export async function removeState(dir: string): Promise<void> {
  await rm(stateFile(dir), { force: true });
  if ((await pointedTo()) === dir) await rm(pointerFile(), { force: true });
}

async function writeAside(path: string, contents: object): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify(contents, null, 2)}\n`, { mode: 0o600 });
  await rename(aside, path);
}

/** The file that names the directory started last, for commands in other directories. */
function pointerFile(): string {
  const base = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(base, "vote", "services.json");
}

async function pointedTo(): Promise<string | undefined> {
  try {
    return (JSON.parse(await readFile(pointerFile(), "utf8")) as { dir?: string }).dir;
  } catch {
    return undefined;
  }
}

export const defaultServicesDir = join(".vote", "services");

/**
 * Returns the endpoints of the running servers: of the named directory, else of `.vote/services`
 * here, else of the last `vote services up`. It does not probe them.
 */
export async function runningEndpoints(dir?: string): Promise<Endpoints | undefined> {
  const servers = await runningServers(dir);
  return servers.length === 0 ? undefined : endpointsOf(servers);
}

/** Returns the servers behind `runningEndpoints`, with their processes. */
export async function runningServers(dir?: string): Promise<readonly ServerRecord[]> {
  return (await runningState(dir))?.servers.filter(isRunning) ?? [];
}

/** Reads their state, which includes ended servers as long as one runs. */
export async function runningState(dir?: string): Promise<ServicesState | undefined> {
  const candidates = dir === undefined ? [defaultServicesDir, await pointedTo()] : [dir];
  for (const candidate of candidates) {
    const state = candidate === undefined ? undefined : await readState(candidate);
    if (state?.servers.some(isRunning)) return state;
  }
  return undefined;
}

/** Returns where roles reach these servers. */
export function endpointsOf(servers: readonly Pick<ServerRecord, "service" | "port">[]): Endpoints {
  const ports = (wanted: Service) =>
    servers.filter(({ service }) => service === wanted).map(({ port }) => port);
  const brokers = ports("kafka").map((port) => `127.0.0.1:${port}`);
  const [dynamodb] = ports("dynamodb");
  const [redis] = ports("redis");
  return {
    ...(brokers.length === 0 ? {} : { kafka: { brokers } }),
    ...(dynamodb === undefined ? {} : { dynamodb: { endpoint: `http://127.0.0.1:${dynamodb}` } }),
    ...(redis === undefined ? {} : { redis: { url: `redis://127.0.0.1:${redis}` } }),
  };
}
