import { join } from "node:path";
import { VoteError } from "../core/errors.js";
import { Ports } from "../processes/ports.js";
import type { WorkWatch } from "../telemetry/work-watch.js";
import { type Classpath, cachedClasspath, resolveClasspath } from "./servers/classpath.js";
import { dynamoServer } from "./servers/dynamodb-server.js";
import { kafkaServers, type ProxiedListener } from "./servers/kafka-server.js";
import { redisServer } from "./servers/redis-server.js";
import { isRunning, type ServerSpec } from "./servers/server-process.js";
import { findTools, type ToolName } from "./servers/tools.js";
import { artifacts, type JavaService, type Service } from "./servers/versions.js";
import type { ServerRecord } from "./state.js";

/** What tests and comparisons may ask of the servers. */
export interface ServerOptions {
  /** "default" takes the usual ports where they are free; "any" takes any free ones, for tests. */
  readonly ports?: "default" | "any";
  /** Knows of the ports that proxies will need: no server gets one of them. */
  readonly otherPorts?: Ports;
  /** Properties that override ours on every broker. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  /** For tests: proxies by which clients can also reach the brokers, in their order. */
  readonly proxiedListeners?: readonly ProxiedListener[];
  /** For comparisons: DynamoDB Local in memory. */
  readonly dynamoInMemory?: boolean;
  /** Replaces the flags that make Java start quickly. */
  readonly javaFlags?: readonly string[];
}

interface PlanOptions extends ServerOptions {
  readonly dir: string;
  readonly services: readonly Service[];
  readonly brokers: number;
  /** The servers of the directory's last start, running or not. */
  readonly known: readonly ServerRecord[];
  readonly onStep: (what: string) => void;
  /** Hears how far Maven has come. */
  readonly watch?: WorkWatch;
}

export interface PlannedServer {
  readonly spec: ServerSpec;
  readonly controllerPort?: number;
}

/**
 * Servers on a developer's machine live for minutes and share its cores with everything else. The
 * optimizing compiler took 9 of the 16 CPU seconds that Kafka and DynamoDB Local spent on a first
 * `vote demo`; the simple one is done at once, and a small heap needs no collector with threads.
 */
const quickStart: readonly string[] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

const usualPorts: Readonly<Record<Service, number>> = { kafka: 9092, dynamodb: 8000, redis: 6379 };

/**
 * Plans how to run each server: program, class path, ports, configuration files.
 *
 * @throws VoteError `dependency-missing`, `port-in-use`, `not-running`
 */
export async function planServers(options: PlanOptions): Promise<PlannedServer[]> {
  const { dir, services, javaFlags = quickStart } = options;
  const wants = (service: Service) => services.includes(service);
  const { tools, classpaths } = await findPrograms(options);
  const choice = new PortChoice(options);
  const planned: PlannedServer[] = [];
  if (wants("kafka")) {
    const ports: { broker: number; controller: number }[] = [];
    for (let index = 0; index < options.brokers; index++) {
      const usual = usualPorts.kafka + 2 * index;
      const name = `kafka-${index + 1}`;
      const broker = await choice.take(name, usual, ({ port }) => port);
      const controller = await choice.take(name, usual + 1, (record) => record.controllerPort);
      ports.push({ broker, controller });
    }
    const specs = await kafkaServers({
      dir,
      java: tools.java,
      javaFlags,
      classpath: classpaths.kafka,
      ports,
      proxied: options.proxiedListeners,
      properties: options.kafkaProperties,
    });
    for (const [index, spec] of specs.entries()) {
      planned.push({ spec, controllerPort: ports[index].controller });
    }
  }
  if (wants("dynamodb")) {
    const port = await choice.take("dynamodb", usualPorts.dynamodb, (record) => record.port);
    const classpath = classpaths.dynamodb;
    const { java } = tools;
    const inMemory = options.dynamoInMemory;
    const spec = await dynamoServer({ dir, java, javaFlags, classpath, port, inMemory });
    planned.push({ spec });
  }
  if (wants("redis")) {
    const port = await choice.take("redis", usualPorts.redis, (record) => record.port);
    planned.push({ spec: redisServer({ dir, program: tools.redis, port }) });
  }
  return planned;
}

async function findPrograms({ services, onStep, watch }: PlanOptions) {
  const classpaths: Record<JavaService, Classpath> = { kafka: [], dynamodb: [] };
  const unresolved: JavaService[] = [];
  for (const service of ["kafka", "dynamodb"] as const) {
    if (!services.includes(service)) continue;
    const cached = await cachedClasspath(artifacts[service]);
    if (cached === undefined) unresolved.push(service);
    else classpaths[service] = cached;
  }
  const wanted: ToolName[] = [];
  if (services.some((service) => service !== "redis")) wanted.push("java");
  if (unresolved.length > 0) wanted.push("maven");
  if (services.includes("redis")) wanted.push("redis");
  const tools = await findTools(wanted);
  // One after the other, because two Mavens conflict in their repository.
  for (const service of unresolved) {
    onStep(`Maven fetches ${service} (once)`);
    classpaths[service] = await resolveClasspath(service, artifacts[service], tools.maven, watch);
  }
  return { tools, classpaths };
}

/** Keeps a server's port; a new server gets the usual one or a free one. */
class PortChoice {
  readonly #options: PlanOptions;
  readonly #ports: Ports;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#ports = options.otherPorts ?? new Ports();
  }

  async take(
    name: string,
    usual: number,
    own: (record: ServerRecord) => number | undefined,
  ): Promise<number> {
    const { known, ports = "default", dir, onStep } = this.#options;
    const record = known.find((one) => one.name === name);
    const before = record === undefined ? undefined : own(record);
    if (record !== undefined && before !== undefined && isRunning(record)) return before;
    const preferred = before ?? (ports === "default" ? usual : undefined);
    const port = await this.#ports.choose(preferred);
    if (preferred === undefined || port === preferred) return port;
    const others = known.some((one) => one.service === record?.service && isRunning(one));
    if (before !== undefined && others) throw portLost(name, before, join(dir, "services.json"));
    onStep(`Port ${preferred} is taken: ${name} uses ${port}`);
    return port;
  }
}

/** The other brokers know a controller by its port only. */
function portLost(name: string, port: number, state: string): VoteError {
  return new VoteError("port-in-use", `${name} cannot have its port ${port} (${state}) back.`, {
    hint: "Run `vote services down`, then `vote services up`: all brokers get new ports.",
  });
}
