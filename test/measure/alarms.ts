import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Ports } from "../../src/runtime/processes/ports.js";
import {
  type Role,
  type RoleProcess,
  startRole,
} from "../../src/runtime/processes/role-process.js";

/**
 * Breaks roles of a real system one after another, and says how long it takes until a real
 * Prometheus and a real Alertmanager, with compose/observability as it is, have called somebody.
 * Some two minutes; needs Debian's prometheus and prometheus-alertmanager, or their programs by
 * VOTE_PROMETHEUS and VOTE_ALERTMANAGER.
 *
 *   npx tsx test/measure/alarms.ts
 */
const prometheusProgram = process.env.VOTE_PROMETHEUS ?? "prometheus";
const alertmanagerProgram = process.env.VOTE_ALERTMANAGER ?? "prometheus-alertmanager";

interface Fault {
  readonly what: string;
  readonly role: Role;
  readonly signal: NodeJS.Signals;
}

const faults: readonly Fault[] = [
  { what: "a tally is killed", role: "tally", signal: "SIGKILL" },
  { what: "an ingest hangs", role: "ingest", signal: "SIGSTOP" },
  { what: "a serve is killed", role: "serve", signal: "SIGKILL" },
  { what: "a certifier is killed", role: "certify", signal: "SIGKILL" },
];

/** A bound for each step, on a machine that other work shares. */
const waitMs = 120_000;

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

const directory = await mkdtemp(join(tmpdir(), "vote-alarms-"));
const ports = new Ports();
const children: ChildProcess[] = [];
const roles: RoleProcess[] = [];

/** Waits until something is so. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + waitMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited ${waitMs / 1_000} s in vain: ${what}`);
    await sleep(50);
  }
}

/** Hears what Alertmanager has to tell. */
async function startReceiver() {
  const heard: Alert[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    heard.push(...(JSON.parse(body) as { alerts: Alert[] }).alerts);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { heard, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

async function startRoles(dataDir: string): Promise<ReadonlyMap<Role, RoleProcess>> {
  const args: Readonly<Partial<Record<Role, readonly string[]>>> = {
    ingest: ["--port", "0", "--metrics-port", "0"],
    serve: ["--port", "0", "--metrics-port", "0"],
    admin: ["--port", "0"],
    tally: ["--status-port", "0"],
    certify: ["--status-port", "0"],
  };
  const started = new Map<Role, RoleProcess>();
  for (const [role, own] of Object.entries(args) as [Role, readonly string[]][]) {
    const common = ["--data-dir", dataDir, "--log-level", "error"];
    const running = await startRole({ role, args: [...common, ...own] });
    started.set(role, running);
    roles.push(running);
  }
  return started;
}

function start(program: string, ...args: string[]): void {
  const child = spawn(program, [...args, "--log.level=warn"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  child.on("error", (error) => console.error(`${program}: ${error.message}`));
  children.push(child);
}

/** The files of compose/observability, with these ports and targets in place of theirs. */
async function configuration(running: ReadonlyMap<Role, RoleProcess>, receiver: number) {
  const files = fileURLToPath(new URL("../../compose/observability", import.meta.url));
  await cp(files, directory, { recursive: true });
  const alertmanager = await ports.choose();
  const rewrite = async (name: string, from: string, to: number) => {
    const file = join(directory, name);
    const text = await readFile(file, "utf8");
    if (!text.includes(from)) throw new Error(`${name} has no ${from}`);
    await writeFile(file, text.replace(from, `127.0.0.1:${to}`));
  };
  await rewrite("prometheus.yml", "127.0.0.1:9093", alertmanager);
  await rewrite("alertmanager.yml", "127.0.0.1:9095", receiver);
  const targets = [...running].map(([role, { metricsUrl = "" }]) => ({
    labels: { job: `vote-${role}` },
    targets: [new URL(metricsUrl).host],
  }));
  // JSON is YAML.
  await writeFile(join(directory, "targets.yml"), JSON.stringify(targets));
  return { alertmanager, prometheus: await ports.choose() };
}

async function startPrometheus(at: Awaited<ReturnType<typeof configuration>>) {
  start(
    prometheusProgram,
    `--config.file=${join(directory, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(directory, "tsdb")}`,
    `--web.listen-address=127.0.0.1:${at.prometheus}`,
  );
  start(
    alertmanagerProgram,
    `--config.file=${join(directory, "alertmanager.yml")}`,
    `--storage.path=${join(directory, "alertmanager")}`,
    `--web.listen-address=127.0.0.1:${at.alertmanager}`,
    "--cluster.listen-address=",
  );
  const ask = async (query: string): Promise<number> => {
    const url = `http://127.0.0.1:${at.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok !== true) return 0;
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  };
  await until("every role is scraped", async () => (await ask("sum(up)")) === roles.length);
}

try {
  const receiver = await startReceiver();
  const running = await startRoles(join(directory, "data"));
  await startPrometheus(await configuration(running, receiver.port));
  if (receiver.heard.length > 0) throw new Error("there is an alarm before any fault");
  for (const { what, role, signal } of faults) {
    const brokenAt = performance.now();
    running.get(role)?.signal(signal);
    const isIt = ({ status, labels }: Alert) =>
      status === "firing" && labels.alertname === "VoteRoleDown" && labels.job === `vote-${role}`;
    await until(`VoteRoleDown of vote-${role}`, () => receiver.heard.some(isIt));
    const seconds = ((performance.now() - brokenAt) / 1_000).toFixed(1);
    console.log(`${what}: VoteRoleDown has reached its receiver after ${seconds} s`);
  }
  receiver.close();
} finally {
  for (const role of roles) role.signal("SIGKILL");
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(children.map((one) => one.exitCode ?? one.signalCode ?? once(one, "exit")));
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
