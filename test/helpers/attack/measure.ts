/**
 * Measures what hostile clients do to an honest stream of 200 requests a second, for a build in
 * some checkout. Not part of the tests:
 *
 *     npx tsx test/helpers/attack/measure.ts CHECKOUT
 *
 * It prints a line of Markdown for each role and attack: p50 and p99 of the honest answers in ms,
 * how many of them failed, the role's peak memory, and whether it is alive at the end.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openHostileClients } from "./hostile-clients.js";

const honestPerSecond = 200;
const seconds = 20;
const patienceMs = 10_000;
const attacks = {
  none: undefined,
  "8 pipelining": { connections: 8, read: true },
  "600 never reading": { connections: 600, read: false },
} as const;

const [, , checkout, attackedPort, connections, read] = process.argv;
if (attackedPort === undefined) await measureAll(resolve(checkout));
else
  openHostileClients({
    port: Number(attackedPort),
    connections: Number(connections),
    read: read === "true",
  });

async function measureAll(directory: string): Promise<void> {
  process.stdout.write("| role | attack | p50 | p99 | failed | peak MB | alive |\n");
  process.stdout.write("| - | - | - | - | - | - | - |\n");
  for (const role of ["ingest", "serve"] as const) {
    for (const attack of Object.keys(attacks) as (keyof typeof attacks)[]) {
      process.stdout.write(
        `| ${[role, attack, ...(await measure(directory, role, attack))].join(" | ")} |\n`,
      );
    }
  }
}

async function measure(directory: string, role: "ingest" | "serve", attack: keyof typeof attacks) {
  const dataDir = mkdtempSync(join(tmpdir(), "vote-attack-"));
  const program = join(directory, "bin/run.js");
  const options = { cwd: dataDir, env: { ...process.env, VOTE_SKIP_ENSURE: "1" } };
  const vote = (...args: string[]) =>
    execFileSync(process.execPath, [program, ...args, "--data-dir", dataDir, "--json"], options);
  vote(
    "election",
    "create",
    "lunch",
    "--title",
    "Lunch",
    "--candidate",
    "a=A",
    "--candidate",
    "b=B",
  );
  vote("election", "open", "lunch");
  const { token } = JSON.parse(vote("token", "issue", "--voter", "v").toString()) as {
    token: string;
  };
  const args = [
    program,
    role,
    "--data-dir",
    dataDir,
    "--port",
    "0",
    "--log-level",
    "silent",
    "--json",
  ];
  const target = spawn(process.execPath, args, { ...options, stdio: ["pipe", "pipe", "ignore"] });
  const [line] = (await once(createInterface(target.stdout), "line")) as [string];
  const { port } = new URL((JSON.parse(line) as { url: string }).url);
  const hostile = attacks[attack];
  const self = [...process.execArgv, fileURLToPath(import.meta.url), checkout, port];
  const attacker =
    hostile === undefined
      ? undefined
      : spawn(process.execPath, [...self, String(hostile.connections), String(hostile.read)]);
  const honest = await honestStream(role, Number(port), token);
  const peak = peakMegabytes(target.pid);
  const alive = target.exitCode === null && target.signalCode === null;
  attacker?.kill("SIGKILL");
  target.kill("SIGKILL");
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  return [...honest, peak, alive ? "yes" : "no"];
}

/** Requests at fixed times, whether or not the earlier ones have been answered. */
async function honestStream(role: "ingest" | "serve", port: number, token: string) {
  const agent = new Agent({ keepAlive: true });
  const latencies: number[] = [];
  let failed = 0;
  const start = performance.now();
  const all: Promise<void>[] = [];
  for (let sent = 0; sent < honestPerSecond * seconds; sent++) {
    const due = start + (sent * 1_000) / honestPerSecond;
    if (due > performance.now()) await sleep(due - performance.now());
    all.push(
      ask(role, { port, agent, token }).then(
        () => void latencies.push(performance.now() - due),
        () => {
          failed++;
          latencies.push(Number.POSITIVE_INFINITY);
        },
      ),
    );
  }
  await Promise.all(all);
  agent.destroy();
  latencies.sort((one, other) => one - other);
  // Infinity where the answer to that share of the requests did not come.
  const quantile = (share: number) =>
    latencies[Math.floor(latencies.length * share)]?.toFixed(0) ?? "-";
  return [quantile(0.5), quantile(0.99), failed];
}

interface Connection {
  readonly port: number;
  readonly agent: Agent;
  readonly token: string;
}

function ask(role: "ingest" | "serve", { port, agent, token }: Connection): Promise<void> {
  const path = `/v1/elections/lunch/${role === "ingest" ? "ballots" : "result"}`;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const method = role === "ingest" ? "POST" : "GET";
  return new Promise((answered, failed) => {
    const sent = request(
      { port, agent, path, method, headers, timeout: patienceMs },
      (response) => {
        response.resume();
        response.on("end", () =>
          response.statusCode! < 300 ? answered() : failed(new Error("refused")),
        );
        response.on("error", failed);
      },
    );
    sent.on("error", failed);
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.end(method === "POST" ? '{"choice":"a"}' : undefined);
  });
}

function peakMegabytes(pid: number | undefined): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) / 1_024).toFixed(0);
  } catch {
    return "-";
  }
}
