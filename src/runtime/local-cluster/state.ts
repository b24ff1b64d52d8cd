import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isRunning, type ServerProcess } from "./servers/server-process.js";
import type { Service } from "./servers/versions.js";

/** A server as the state file tells of it. */
export interface ServerRecord extends ServerProcess {
  readonly name: string;
  readonly service: Service;
  readonly port: number;
  /** Of a broker. */
  readonly controllerPort?: number;
}

/** What runs in a services directory: the contents of its `services.json`. */
export interface ServicesState {
  readonly version: 1;
  readonly dir: string;
  readonly servers: readonly ServerRecord[];
}

/** Where the roles reach the servers; absent what is not there. */
export interface Endpoints {
  readonly kafka?: { readonly brokers: readonly string[] };
  readonly dynamodb?: { readonly endpoint: string };
  readonly redis?: { readonly url: string };
}

const stateFile = (dir: string): string => join(dir, "services.json");

export async function readState(dir: string): Promise<ServicesState | undefined> {
  try {
    const state = JSON.parse(await readFile(stateFile(dir), "utf8")) as ServicesState;
    return state.version === 1 && Array.isArray(state.servers) ? state : undefined;
  } catch {
    // Missing or not ours: as good as nothing running.
    return undefined;
  }
}

/**
 * Replaces the file in one step, so that no reader finds half of it.
 *
 * @param announce lets commands that run elsewhere find these servers, too
 */
export async function writeState(state: ServicesState, announce: boolean): Promise<void> {
  await writeAside(stateFile(state.dir), state);
  if (announce) await writeAside(pointerFile(), { dir: state.dir });
}

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

/** Names the directory that was started last, so that commands elsewhere find it. */
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
 * The endpoints of the servers that run now: of the named directory, else of `.vote/services` here,
 * else of the last `vote services up`. Without looking whether they answer.
 */
export async function runningEndpoints(dir?: string): Promise<Endpoints | undefined> {
  const servers = await runningServers(dir);
  return servers.length === 0 ? undefined : endpointsOf(servers);
}

/** The servers that `runningEndpoints` speaks of, with their processes. */
export async function runningServers(dir?: string): Promise<readonly ServerRecord[]> {
  return (await runningState(dir))?.servers.filter(isRunning) ?? [];
}

/** The state that tells of them: also of those that have ended, as long as one runs. */
export async function runningState(dir?: string): Promise<ServicesState | undefined> {
  const candidates = dir === undefined ? [defaultServicesDir, await pointedTo()] : [dir];
  for (const candidate of candidates) {
    const state = candidate === undefined ? undefined : await readState(candidate);
    if (state?.servers.some(isRunning)) return state;
  }
  return undefined;
}

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
