import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  agentProtocol,
  type RunRequest,
} from "../../../../src/runtime/contracts/load/agent-requests.js";
import { type RunningIngest, startIngest } from "../../../../src/runtime/ingest/server.js";
import { AgentClient } from "../../../../src/runtime/load/agents/client.js";
import { startAgent } from "../../../../src/runtime/load/agents/server.js";
import type { LoadProgress } from "../../../../src/runtime/load/run/progress.js";
import { runLoadAndReconcile } from "../../../../src/runtime/system/load/load-run.js";
import { systemClock } from "../../../../src/runtime/time/clock.js";
import { type LoadBench, scenarioOf, startLoadBench } from "../support.js";

type AgentOptions = Parameters<typeof startAgent>[0];
type RunningAgent = Awaited<ReturnType<typeof startAgent>>;

const token = "a secret that all of them share";
const { wallClock } = systemClock;

let bench: LoadBench;
let ingest: RunningIngest | undefined;
let agents: RunningAgent[];

beforeEach(async () => {
  bench = await startLoadBench();
  agents = [];
});

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
  await ingest?.stop();
  ingest = undefined;
  await bench.stop();
});

async function agent(options: Partial<AgentOptions> = {}): Promise<RunningAgent> {
  const place = { host: "127.0.0.1", port: 0, token, clock: systemClock };
  const running = await startAgent({ ...bench.engine, ...place, ...options });
  agents.push(running);
  return running;
}

async function client(options: Partial<AgentOptions> = {}): Promise<AgentClient> {
  const { url } = await agent(options);
  return new AgentClient({ name: "it", url, token, wallClock });
}

function request(changes: Partial<RunRequest> = {}): RunRequest {
  const { name, durationSeconds, streams, candidates, secondVoteShare, retryShare } = scenarioOf({
    votesPerSecond: 400,
  });
  const scenario = { name, durationSeconds, streams, candidates, secondVoteShare, retryShare };
  return { protocol: agentProtocol, election: "lunch", seed: 1, scenario, ...changes };
}

async function untilTrue(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(20);
}

describe("a run shared by agents", () => {
  it("begins together, and reconciles as one", async () => {
    const target = await startIngest({ ...bench.engine, host: "127.0.0.1", port: 0 });
    ingest = target;
    const three = await Promise.all([agent(), agent(), agent()]);
    const progress: LoadProgress[] = [];
    const askedAt = wallClock();
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({
        votesPerSecond: 4_000,
        streams: [
          { name: "web", via: "http", votesPerSecond: 200, connections: 6 },
          { name: "gate", via: "http-batch", votesPerSecond: 1_000, connections: 3 },
        ],
      }),
      target: target.url,
      processes: { agents: three.map(({ url }, number) => ({ name: `${number}`, url })), token },
      onProgress: (now) => progress.push(now),
    });
    const endedAt = wallClock();
    expect(record).toMatchObject({ reconciled: true, lost: 0, double: 0, invented: 0, unknown: 0 });
    expect(record.sent + record.unsent).toBe(2_600);
    expect(record.streams).toHaveLength(9);
    expect(record.generator).toMatchObject({ name: "builtin", processes: 3 });
    expect(record.generator.each.map(({ name }) => name)).toEqual(["0", "1", "2"]);
    expect(progress.at(-1)).toMatchObject({ sent: record.sent, total: 2_600 });
    // All in one process here, so their clocks are one: nobody began before it was asked for.
    const { each } = record.generator;
    for (const { clockUncertaintyMs = -1 } of each) expect(clockUncertaintyMs).toBeGreaterThan(0);
    for (const { startedAt, clockUncertaintyMs = 0 } of each) {
      expect(startedAt).toBeGreaterThanOrEqual(askedAt - clockUncertaintyMs - 1);
      expect(startedAt).toBeLessThanOrEqual(endedAt + clockUncertaintyMs + 1);
    }
  });

  it("stops at a signal, everywhere, and still reconciles", async () => {
    const two = await Promise.all([agent(), agent()]);
    const stopping = new AbortController();
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ durationSeconds: 600, votesPerSecond: 1_000 }),
      processes: { agents: two.map(({ url }) => ({ name: url, url })), token },
      signal: stopping.signal,
      onProgress: () => stopping.abort(),
    });
    expect(record).toMatchObject({ reconciled: true, interrupted: true, lost: 0 });
    expect(record.sent).toBeGreaterThan(0);
    expect(record.sent).toBeLessThan(600_000);
  });

  it("names the share of an agent that is lost, and does not pass", async () => {
    const two = await Promise.all([agent(), agent()]);
    let leaving: Promise<void> | undefined;
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ durationSeconds: 600, votesPerSecond: 1_000 }),
      processes: { agents: two.map(({ url }, number) => ({ name: `${number}`, url })), token },
      onProgress: () => {
        leaving ??= two[1].stop();
      },
    });
    await leaving;
    expect(record.generator.each[0].lost).toBeUndefined();
    expect(record.generator.each[1].lost).toEqual(expect.any(String));
    // What it has sent is in the ledger, but by nobody's account.
    expect(record).toMatchObject({ reconciled: false, verdict: "fail", interrupted: true });
    expect(record).toMatchObject({ lost: 0, double: 0, invented: 0, findings: [] });
    expect(record.unknown).toBeGreaterThanOrEqual(record.foreign);
    expect(record.foreign).toBeGreaterThan(0);
    expect(record.sent).toBe(record.acknowledged + record.refused + record.unknown);
  });

  it("fails when all agents are lost", async () => {
    const one = await agent();
    const run = runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ durationSeconds: 600, votesPerSecond: 1_000 }),
      processes: { agents: [{ name: "it", url: one.url }], token },
      onProgress: () => void one.stop(),
    });
    await expect(run).rejects.toMatchObject({ code: "agent-lost" });
  });

  it("sends nothing when one agent cannot be reached or refuses", async () => {
    const [one, two] = await Promise.all([agent(), agent()]);
    await two.stop();
    const options = { engine: bench.engine, election: "lunch", scenario: scenarioOf() };
    const both = [one, two].map(({ url }) => ({ name: url, url }));
    const run = runLoadAndReconcile({ ...options, processes: { agents: both, token } });
    await expect(run).rejects.toMatchObject({ code: "not-running" });
    const wrong = { agents: [both[0]], token: "another secret, as long as it" };
    const refused = runLoadAndReconcile({ ...options, processes: wrong });
    await expect(refused).rejects.toMatchObject({ code: "invalid-token" });
    expect(await bench.engine.log.end("lunch", 0)).toBe(0);
    // It was let go: the next run may have it.
    const { record } = await runLoadAndReconcile({
      ...options,
      processes: { agents: [both[0]], token },
    });
    expect(record.reconciled).toBe(true);
  });
});

describe("an agent", () => {
  it("takes one run at a time, and starts it once", async () => {
    const it = await client();
    await it.prepare(request());
    await expect(it.prepare(request())).rejects.toMatchObject({ code: "agent-busy" });
    await it.start(wallClock());
    await expect(it.start(wallClock())).rejects.toMatchObject({ code: "agent-busy" });
    await untilTrue(async () => (await it.status()).state === "finished");
    await expect(it.prepare(request())).rejects.toMatchObject({ code: "agent-busy" });
    await it.release();
    await it.prepare(request({ seed: 2 }));
  });

  it("is told when to start", async () => {
    const { url } = await agent();
    const it = new AgentClient({ name: "it", url, token, wallClock });
    await it.prepare(request());
    await expect(it.start(Number.NaN)).rejects.toMatchObject({
      code: "bad-request",
      message: "it: startAt is null.",
    });
  });

  it("does not start what was stopped", async () => {
    const it = await client();
    await it.prepare(request());
    await it.stop();
    await expect(it.start(wallClock())).rejects.toMatchObject({ code: "agent-busy" });
  });

  it("has an outcome only once the run is over", async () => {
    const it = await client();
    await it.prepare(request());
    const election = await bench.engine.registry.get("lunch");
    if (election === undefined) throw new Error("no election");
    const outcome = it.outcome({ election, scenario: scenarioOf(), seed: 1 });
    await expect(outcome).rejects.toMatchObject({ code: "agent-busy" });
  });

  it("forgets a run that its coordinator has forgotten", async () => {
    const { url } = await agent({ leaseMs: 100 });
    const first = new AgentClient({ name: "it", url, token, wallClock });
    await first.prepare(request());
    await systemClock.sleep(150);
    // Only asking whether it is free again: anything about the run would keep it alive.
    await untilTrue(async () => {
      await systemClock.sleep(200);
      const next = new AgentClient({ name: "it", url, token, wallClock });
      return next.prepare(request()).then(
        () => true,
        () => false,
      );
    });
    await expect(first.status()).rejects.toMatchObject({ code: "not-found" });
  });

  it.each([
    ["an election it does not know", { election: "dinner" }, "unknown-election"],
    ["another protocol", { protocol: 1 }, "invalid-usage"],
    ["a target elsewhere", { target: { url: "http://192.0.2.1", owned: true } }, "invalid-usage"],
    ["no streams", { scenario: { ...request().scenario, streams: [] } }, "invalid-scenario"],
    ["days", { scenario: { ...request().scenario, durationSeconds: 1e9 } }, "invalid-scenario"],
  ])("refuses %s, and stays free", async (_, changes, code) => {
    const it = await client();
    await expect(it.prepare(request(changes))).rejects.toMatchObject({ code });
    await it.prepare(request());
  });

  it("refuses another machine as target until it is owned", async () => {
    const scenario = {
      ...request().scenario,
      streams: scenarioOf({ via: "http", votesPerSecond: 10 }).streams,
    };
    const url = "http://192.0.2.1:80";
    const strict = await client();
    const elsewhere = { scenario, target: { url, owned: false } };
    await expect(strict.prepare(request(elsewhere))).rejects.toMatchObject({
      code: "invalid-usage",
    });
    const owning = await client({ ownsTargets: true });
    await owning.prepare(request({ scenario, target: { url, owned: true } }));
  });

  it.each([
    [undefined, 401, "missing-token"],
    ["Bearer something else altogether", 401, "invalid-token"],
  ])("takes no orders with %s", async (authorization, status, code) => {
    const { url } = await agent();
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const [method, path] of [
      ["GET", "/v1/clock"],
      ["POST", "/v1/runs"],
      ["GET", "/v1/runs/x/outcome"],
      ["GET", "/v1/nothing"],
    ]) {
      const response = await fetch(`${url}${path}`, { method, headers });
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code });
    }
  });

  it.each([undefined, "", "short"])("does not start with the secret %j", async (secret) => {
    const start = startAgent({
      ...bench.engine,
      ...{ host: "127.0.0.1", port: 0, token: secret, clock: systemClock },
    });
    await expect(start).rejects.toMatchObject({ code: "invalid-configuration" });
  });
});
