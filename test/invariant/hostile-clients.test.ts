import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { issueToken } from "../../src/runtime/keys/tokens.js";
import {
  type RoleProcess,
  startRole,
  untilReady,
} from "../../src/runtime/processes/role-process.js";
import { type HostileClients, openHostileClients } from "../helpers/attack/hostile-clients.js";
import { openIdle } from "../helpers/attack/raw-client.js";
import { openTestElection, openTestEngine } from "../helpers/data/election.js";
import { temporaryDirectory } from "../helpers/temporary.js";

const honestClients = 20;
const requestsEach = 20;
/** A role takes some 150 MB when idle. Without bounds, 600 connections took all of the heap. */
const maxResidentMegabytes = 600;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

/** A role in a process of its own, and what an honest client asks of it. */
async function startTarget(role: "ingest" | "serve") {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  await openTestElection(engine, "lunch", 2);
  const secret = await engine.keys.tokenSecret();
  const args = ["--data-dir", dataDir, "--port", "0", "--log-level", "error"];
  const target = await startRole({ role, args });
  cleanUp.push(() => target.stop());
  const election = `${target.url}/v1/elections/lunch`;
  const within = () => AbortSignal.timeout(150_000);
  const ask = async (client: number) => {
    if (role === "serve") return (await fetch(`${election}/result`, { signal: within() })).status;
    const claims = { subject: `v${client}`, scope: "vote", election: "lunch" } as const;
    const token = issueToken({ secret, ...claims, expiresInSeconds: 600, nowMs: Date.now() });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = '{"choice":"c0"}';
    const url = `${election}/ballots`;
    return (await fetch(url, { method: "POST", headers, body, signal: within() })).status;
  };
  return { target, ask, expected: role === "serve" ? 200 : 202 };
}

async function honestAnswers(ask: (client: number) => Promise<number>) {
  const counts = new Map<number, number>();
  const client = async (_: unknown, number: number) => {
    for (let sent = 0; sent < requestsEach; sent++) {
      const status = await ask(number);
      counts.set(status, (counts.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: honestClients }, client));
  return Object.fromEntries(counts);
}

function peakMegabytes({ pid }: RoleProcess): number {
  const [, kilobytes] =
    /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1_024;
}

function attack(target: RoleProcess, connections: number, read: boolean): HostileClients {
  const port = Number(new URL(target.url ?? "").port);
  const clients = openHostileClients({ port, connections, read });
  cleanUp.push(() => clients.close());
  return clients;
}

describe.each(["ingest", "serve"] as const)("%s", (role) => {
  it("answers all honest clients while 8 others pipeline requests without a pause", async () => {
    const { target, ask, expected } = await startTarget(role);
    const clients = attack(target, 8, true);
    expect(await honestAnswers(ask)).toEqual({ [expected]: honestClients * requestsEach });
    expect(clients.open).toBe(8);
    expect(peakMegabytes(target)).toBeLessThan(maxResidentMegabytes);
  }, 240_000);

  it("outlives 600 clients that pipeline requests and read no answer", async () => {
    const { target, ask, expected } = await startTarget(role);
    const clients = attack(target, 600, false);
    expect(await honestAnswers(ask)).toEqual({ [expected]: honestClients * requestsEach });
    await clients.allStopped();
    expect(peakMegabytes(target)).toBeLessThan(maxResidentMegabytes);
    expect(await ask(0)).toBe(expected);
  }, 240_000);
});

describe("ingest with 256 descriptors", () => {
  it("takes the first vote while idle connections hold all that it gives to clients", async () => {
    const { port, token } = await startIngestWith(256);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    cleanUp.push(() => agent.destroy());
    // The honest client is connected, but nothing has read a key or opened the log yet.
    expect(await send({ port, agent, path: "/livez" })).toBe(200);
    const idle = await Promise.all(Array.from({ length: 300 }, () => openIdle(port)));
    cleanUp.push(() => {
      for (const socket of idle) socket.destroy();
    });
    const ballots = { port, agent, path: "/v1/elections/lunch/ballots", token };
    expect(await send(ballots)).toBe(202);
  }, 240_000);
});

/** Node raises the soft limit to the hard one, so the shell lowers both. */
async function startIngestWith(descriptors: number) {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  await openTestElection(engine, "lunch", 2);
  const secret = await engine.keys.tokenSecret();
  const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
  const role = ["ingest", "--json", "--data-dir", dataDir, "--port", "0", "--log-level", "error"];
  const script = `ulimit -n ${descriptors}; exec "$0" "$@"`;
  const child = spawn("sh", ["-c", script, process.execPath, program, ...role], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, VOTE_SKIP_ENSURE: "1", VOTE_STOP_WITH_PARENT: "1" },
  });
  const ingest = await untilReady(child, "ingest");
  cleanUp.push(() => ingest.stop());
  const claims = { subject: "v1", scope: "vote", election: "lunch" } as const;
  const token = issueToken({ secret, ...claims, expiresInSeconds: 600, nowMs: Date.now() });
  return { port: Number(new URL(ingest.url ?? "").port), token };
}

/** @returns the status of the answer */
function send(options: { port: number; agent: Agent; path: string; token?: string }) {
  const { token, ...target } = options;
  const method = token === undefined ? "GET" : "POST";
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request({ ...target, method, headers }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject);
    sent.end(method === "POST" ? '{"choice":"c0"}' : undefined);
  });
}
