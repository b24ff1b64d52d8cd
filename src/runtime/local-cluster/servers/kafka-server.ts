import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { messageOf, VoteError } from "../../core/errors.js";
import { loopback } from "../../processes/ports.js";
import type { Classpath } from "./classpath.js";
import { probeKafka } from "./probes.js";
import type { ServerSpec } from "./server-process.js";

const run = promisify(execFile);

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

/** A second listener of a broker, for clients behind a proxy. */
export interface ProxiedListener {
  /** Where the broker listens on the loopback address. */
  readonly port: number;
  /** The port of the proxy, which the broker tells its clients. */
  readonly advertisedPort: number;
}

export interface KafkaOptions {
  readonly dir: string;
  readonly java: string;
  readonly javaFlags: readonly string[];
  readonly classpath: Classpath;
  /** One for each broker, in the order of the node ids from 1. */
  readonly ports: readonly BrokerPorts[];
  /** The first brokers' second listeners, in order. */
  readonly proxied?: readonly ProxiedListener[];
  /** Properties that override ours on every broker. */
  readonly properties?: Readonly<Record<string, string>>;
}

const broker = (id: number) => `kafka-${id}`;
const storageOf = (dir: string, id: number) => join(dir, broker(id), "data");

/** Counts the brokers with storage in the directory, which fixes the size of the cluster. */
export async function brokersStored(dir: string): Promise<number> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => /^kafka-\d+$/.test(name)).length;
}

/**
 * Describes brokers that are controllers too, so that a cluster needs no further processes. Writes
 * their properties, and formats storage that is new.
 *
 * @throws VoteError `not-running` when the storage cannot be formatted
 */
export async function kafkaServers(options: KafkaOptions): Promise<ServerSpec[]> {
  const { dir, java, classpath, ports } = options;
  const clusterId = (await storedClusterId(dir)) ?? newClusterId();
  return Promise.all(
    ports.map(async (own, index) => {
      const id = index + 1;
      const cwd = join(dir, broker(id));
      await mkdir(cwd, { recursive: true, mode: 0o700 });
      await writeFile(join(cwd, "server.properties"), asText(properties(options, id)));
      await writeFile(join(cwd, "log4j2.properties"), log4j);
      const common = ["-Dlog4j2.configurationFile=log4j2.properties", "-cp"];
      const java1 = [...common, classpath.join(delimiter)];
      if (!existsSync(join(storageOf(dir, id), "meta.properties"))) {
        await format(java, ["-XX:TieredStopAtLevel=1", ...java1], cwd, clusterId);
      }
      return {
        name: broker(id),
        service: "kafka" as const,
        port: own.broker,
        command: java,
        args: [
          ...heap(ports.length),
          ...options.javaFlags,
          ...java1,
          "kafka.Kafka",
          "server.properties",
        ],
        cwd,
        log: join(dir, "logs", `${broker(id)}.log`),
        probe: () => probeKafka(own.broker, ports.length),
      };
    }),
  );
}

function heap(brokers: number): string[] {
  const megabytes = brokers === 1 ? 512 : 320;
  return [`-Xms${megabytes}m`, `-Xmx${megabytes}m`, "-Djava.awt.headless=true"];
}

function properties({ dir, ports, ...options }: KafkaOptions, id: number): Record<string, string> {
  const own = ports[id - 1];
  const replicas = String(Math.min(3, ports.length));
  const inSync = String(ports.length < 3 ? 1 : 2);
  const voters = ports.map(({ controller }, index) => `${index + 1}@${loopback}:${controller}`);
  const address = `PLAINTEXT://${loopback}:${own.broker}`;
  const proxied = options.proxied?.[id - 1];
  const through = (port: "port" | "advertisedPort") =>
    proxied === undefined ? "" : `,PROXIED://${loopback}:${proxied[port]}`;
  return {
    "node.id": String(id),
    "process.roles": "broker,controller",
    "controller.quorum.voters": voters.join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    listeners: `${address},CONTROLLER://${loopback}:${own.controller}${through("port")}`,
    "advertised.listeners": `${address}${through("advertisedPort")}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
    "log.dirs": storageOf(dir, id),
    // An election may stay open for longer than the default retention.
    "log.retention.ms": "-1",
    "auto.create.topics.enable": "false",
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "unclean.leader.election.enable": "false",
    "offsets.topic.replication.factor": replicas,
    // Few, because all of them must exist before a group can start.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": inSync,
    // A killed broker may return only after its session has expired. A single broker has nobody to
    // take over from it; of three, none should lose its partitions for one slow second.
    "broker.session.timeout.ms": ports.length === 1 ? "3000" : "6000",
    "broker.heartbeat.interval.ms": ports.length === 1 ? "500" : "1000",
    // On one machine there are few members to wait for.
    "group.initial.rebalance.delay.ms": "0",
    ...options.properties,
  };
}

const asText = (fields: Record<string, string>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`)
    .join("");

/** Logs warnings and errors to the process's output. */
const log4j = `status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
`;

async function format(
  java: string,
  args: readonly string[],
  cwd: string,
  clusterId: string,
): Promise<void> {
  const tool = ["kafka.tools.StorageTool", "format", "-c", "server.properties"];
  const options = ["-t", clusterId, "--ignore-formatted"];
  try {
    await run(java, [...args, ...tool, ...options], { cwd });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || messageOf(cause);
    throw new VoteError("not-running", `Kafka's storage in ${cwd} cannot be formatted: ${said}`, {
      hint: "Check that the disk has space, or use another --dir.",
      cause,
    });
  }
}

async function storedClusterId(dir: string): Promise<string | undefined> {
  for (let id = 1; id <= (await brokersStored(dir)); id++) {
    const path = join(storageOf(dir, id), "meta.properties");
    const text = await readFile(path, "utf8").catch(() => "");
    const found = /^cluster\.id=(.+)$/m.exec(text)?.[1];
    if (found !== undefined) return found.trim();
  }
  return undefined;
}

/** Draws 16 random bytes in Kafka's form; a leading "-" would look like an option. */
function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString("base64url");
    if (!id.startsWith("-")) return id;
  }
}
