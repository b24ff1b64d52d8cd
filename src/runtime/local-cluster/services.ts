import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { VoteError } from "../core/errors.js";
import { holdDataDirectory } from "../processes/data-directory-lock.js";
import { type PlannedServer, planServers } from "./plan.js";
import { brokersStored, type ProxiedListener } from "./servers/kafka-server.js";
import { RunningServer, type ServerHandle } from "./servers/running-server.js";
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

export interface ServicesOptions {
  /** Data, logs and state. Default `.vote/services`. */
  readonly dir?: string;
  /** Default: all three. */
  readonly services?: readonly Service[];
  /** 1 or 3. Default: as many as the directory has data of, else 1. */
  readonly brokers?: number;
  /** "default": the usual ones where they are free. "any" (for tests): whatever is free. */
  readonly ports?: "default" | "any";
  /** Added to every broker's properties, over ours. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  /** For tests: brokers, in their order, that clients can also reach through a proxy. */
  readonly proxiedListeners?: readonly ProxiedListener[];
  /** For comparisons: DynamoDB Local without its file. */
  readonly dynamoInMemory?: boolean;
  /** In place of those that make Java servers start quickly. */
  readonly javaFlags?: readonly string[];
  /** Where the system can (Linux): the servers are killed when this process ends. For tests. */
  readonly endWithParent?: boolean;
  /** Lets commands that run elsewhere find these servers, too. Default false. */
  readonly announce?: boolean;
  /** What takes time or is not as expected, one sentence each. */
  readonly onStep?: (what: string) => void;
}

export interface Services {
  readonly dir: string;
  readonly brokers: number;
  readonly endpoints: Endpoints;
  /** All that run, brokers first. */
  readonly servers: readonly ServerHandle[];
  /** Names of those that this call has started; the others ran already. */
  readonly started: readonly string[];
  /** By name: `kafka-1`, `dynamodb`, `redis`. @throws VoteError `not-running` */
  server(name: string): ServerHandle;
  /** Ends all of them. Their data stays. */
  stop(): Promise<void>;
}

/**
 * Starts real servers on the loopback address and resolves when all answer. Those of the directory
 * that run already are kept, those that have ended are started again over their data.
 *
 * @throws VoteError `dependency-missing` (the hint installs it), `invalid-usage` for another number
 *   of brokers than the data is of, `port-in-use`, `data-directory-held`,
 *   `data-directory-unusable`, `not-running` with the end of a server's log
 */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const dir = resolve(options.dir ?? defaultServicesDir);
  const release = await holdDataDirectory(dir, "vote services");
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const known = (await readState(dir))?.servers ?? [];
    const brokers = await brokerCount(dir, options.brokers);
    const plan = await planServers({
      dir,
      services: wantedServices(options.services ?? allServices, known),
      brokers,
      ports: options.ports ?? "default",
      kafkaProperties: options.kafkaProperties,
      proxiedListeners: options.proxiedListeners,
      dynamoInMemory: options.dynamoInMemory,
      javaFlags: options.javaFlags,
      known,
      onStep: options.onStep ?? (() => {}),
    });
    return await new ServiceGroup(dir, brokers, options).start(plan, known);
  } finally {
    await release();
  }
}

/** What runs already stays in the account, even where it was not asked for. */
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
    hint: `Leave --brokers out, name another --dir, or remove this one after vote services down.`,
  });
}

class ServiceGroup implements Services {
  readonly dir: string;
  readonly brokers: number;
  readonly started: string[] = [];
  readonly #options: ServicesOptions;
  #servers: { readonly server: RunningServer; readonly controllerPort?: number }[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(dir: string, brokers: number, options: ServicesOptions) {
    this.dir = dir;
    this.brokers = brokers;
    this.#options = options;
  }

  get servers(): readonly ServerHandle[] {
    return this.#servers.map(({ server }) => server);
  }

  get endpoints(): Endpoints {
    return endpointsOf(this.servers);
  }

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

  server(name: string): ServerHandle {
    const found = this.servers.find((one) => one.name === name);
    if (found !== undefined) return found;
    const names = this.servers.map((one) => one.name).join(", ");
    throw new VoteError("not-running", `No server ${name} runs, only: ${names}.`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(({ server }) => server.kill("SIGTERM")));
    await removeState(this.dir);
  }

  /** One after the other, so that the last state is the one that stays. */
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
