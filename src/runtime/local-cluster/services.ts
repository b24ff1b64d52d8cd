import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { VoteError } from "../core/errors.js";
import { lockDataDirectory } from "../processes/data-directory-lock.js";
import type { WorkWatch } from "../telemetry/work-watch.js";
import { type PlannedServer, planServers, type ServerOptions } from "./plan.js";
import { brokersStored } from "./servers/kafka-server.js";
import { RunningServer } from "./servers/running-server.js";
import { isRunning } from "./servers/server-process.js";
import { services as allServices, type Service } from "./servers/versions.js";
import {
  defaultServicesDir,
  type Endpoints,
  endpointsOf,
  readState,
  removeState,
  type ServerRecord,
  writeState,
} from "./state.js";

/** Options of `startServices`. */
export interface ServicesOptions extends ServerOptions {
  /** Data, logs and state. Default `.vote/services`. */
  readonly dir?: string;
  /** Which servers. Default: all three. */
  readonly services?: readonly Service[];
  /** 1 or 3. Default: as many as the directory holds data for, else 1. */
  readonly brokers?: number;
  /** For tests, on Linux: kills the servers when this process ends. */
  readonly endWithParent?: boolean;
  /** Lets commands in other directories find these servers. Default false. */
  readonly announce?: boolean;
  /** Hears of slow steps and surprises, one sentence each. */
  readonly onStep?: (what: string) => void;
  /** Hears how far Maven has come. */
  readonly watch?: WorkWatch;
}

/**
 * Starts real servers on the loopback address and resolves when all answer. Servers of the
 * directory that run already are kept; those that have ended start again over their data.
 *
 * @throws VoteError `dependency-missing` (the hint installs it), `invalid-usage` if the
 *   data belong to another number of brokers, `port-in-use`, `data-directory-held`,
 *   `data-directory-unusable`, `not-running` with the end of a server's log
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const dir = resolve(options.dir ?? defaultServicesDir);
  const release = await lockDataDirectory(dir, "vote services");
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const known = (await readState(dir))?.servers ?? [];
    const brokers = await brokerCount(dir, options.brokers);
    const services = wantedServices(options.services ?? allServices, known);
    const onStep = options.onStep ?? (() => {});
    const plan = await planServers({ ...options, dir, services, brokers, known, onStep });
    return await new Services(dir, brokers, options).start(plan, known);
  } finally {
    await release();
  }
}

/** Running servers stay in the state file even when they were not asked for. */
function wantedServices(
  asked: readonly Service[],
  known: readonly ServerRecord[],
): readonly Service[] {
  const running = new Set(known.filter(isRunning).map(({ service }) => service));
  return allServices.filter((service) => asked.includes(service) || running.has(service));
}

async function brokerCount(dir: string, asked: number | undefined): Promise<number> {
  const stored = await brokersStored(dir);
  if (stored === 0) return asked ?? 1;
  if (asked === undefined || asked === stored) return stored;
  throw new VoteError("invalid-usage", `${dir} has data of ${stored} broker(s), not ${asked}.`, {
    hint: "Leave --brokers out, name another --dir, or `vote services down` and remove this one.",
  });
}

/** Servers that run. */
export class Services {
  readonly dir: string;
  readonly brokers: number;
  /** Names of the servers that were started now. */
  readonly started: string[] = [];
  readonly #options: ServicesOptions;
  #servers: { readonly server: RunningServer; readonly controllerPort?: number }[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string, brokers: number, options: ServicesOptions) {
    this.dir = dir;
    this.brokers = brokers;
    this.#options = options;
  }

  /** All running servers, brokers first. */
  get servers(): readonly RunningServer[] {
    return this.#servers.map(({ server }) => server);
  }

  get endpoints(): Endpoints {
    return endpointsOf(this.servers);
  }

  /** Starts those of the plan that do not run, and resolves when all answer. */
  async start(plan: readonly PlannedServer[], known: readonly ServerRecord[]): Promise<this> {
    const changed = () => this.#write();
    const fresh: RunningServer[] = [];
    try {
      for (const { spec, controllerPort } of plan) {
        const running = known.find((one) => one.name === spec.name && isRunning(one));
        const tied = this.#options.endWithParent === true;
        const server = new RunningServer(spec, running, tied, changed);
        if (running === undefined) fresh.push(server);
        this.#servers.push({ server, ...(controllerPort === undefined ? {} : { controllerPort }) });
      }
      await this.#write();
      await Promise.all(this.#servers.map(({ server }) => server.untilReady()));
    } catch (error) {
      await Promise.all(fresh.map((server) => server.kill()));
      this.#servers = this.#servers.filter(({ server }) => !fresh.includes(server));
      await this.#write();
      throw error;
    }
    this.started.push(...fresh.map(({ name }) => name));
    return this;
  }

  /** Finds one by name: `kafka-1`, `dynamodb`, `redis`. @throws VoteError `not-running` */
  server(name: string): RunningServer {
    const found = this.servers.find((one) => one.name === name);
    if (found !== undefined) return found;
    const names = this.servers.map((one) => one.name).join(", ");
    throw new VoteError("not-running", `No server ${name} runs, only: ${names}.`);
  }

  /** Stops all of them. Their data stays. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(({ server }) => server.kill("SIGTERM")));
    await removeState(this.dir);
  }

  /** Writes in order, so that the last state wins. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(() => {
      const servers = this.#servers.map(({ server, controllerPort }) => {
        const { name, service, port, process } = server;
        return { name, service, port, ...process, ...(controllerPort && { controllerPort }) };
      });
      const { dir } = this;
      if (servers.length === 0) return removeState(dir);
      return writeState({ version: 1, dir, servers }, this.#options.announce === true);
    });
    return this.#writing;
  }
}
