import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { RoleStatus } from "../../src/runtime/contracts/http/status.js";
import { jsonGetter } from "../../src/runtime/monitor/read/get-json.js";
import { isAlive } from "../../src/runtime/processes/process-identity.js";
import type { RoleReady } from "../../src/runtime/processes/role-process.js";
import { type Sandbox, sandbox, type VoteProcess } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

let box: Sandbox;
beforeAll(async () => {
  box = sandbox();
  const create = ["election", "create", "demo", "--title", "Demo", "--candidate", "a"];
  expect(await box.vote(...create, "--partitions", "4")).toMatchObject({ code: 0 });
  expect(await box.vote("election", "open", "demo")).toMatchObject({ code: 0 });
});
afterAll(() => box.remove());

interface Started extends Required<RoleReady> {
  readonly process: VoteProcess;
}

/** Starts a role as two processes. */
async function start(...args: string[]): Promise<Started> {
  const process = box.start(...args, "--processes", "2", "--json");
  return { ...JSON.parse(await process.line(/^\{"role"/)), process };
}

async function statusOf<Role extends "ingest" | "tally">(url: string): Promise<RoleStatus<Role>> {
  const response = await fetch(`${url}/statusz`);
  expect(response.status).toBe(200);
  return (await response.json()) as RoleStatus<Role>;
}

/** Waits for two workers without the one that was killed. */
async function successorAt(url: string, killed: number): Promise<void> {
  await eventually("a successor", async () => {
    const { workers = [] } = await statusOf(url).catch(() => ({ workers: [] }));
    return workers.length === 2 && !workers.includes(killed);
  });
}

async function stop({ process, workers }: Started): Promise<string> {
  process.child.kill("SIGTERM");
  const { code, stderr } = await process.finished;
  expect(code).toBe(0);
  expect(workers.filter(isAlive)).toEqual([]);
  return stderr;
}

const countIn = (metrics: string, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, "m").exec(metrics)?.[1]);

describe("vote ingest --processes and vote tally --processes", () => {
  it("replace a worker that is killed under load, and lose nothing", async () => {
    const ingest = await start("ingest", "--port", "0", "--metrics-port", "0");
    const tally = await start("tally", "--status-port", "0");
    for (const { workers } of [ingest, tally]) expect(new Set(workers).size).toBe(2);
    const load = box.start(
      ...["load", "--election", "demo", "--target", ingest.url],
      ...["--rps", "300", "--duration", "20s", "--json"],
    );
    const before = await eventually("votes", async () => {
      const status = await statusOf<"ingest">(ingest.url);
      return status.acknowledged > 300 && status.workers?.length === 2 && status;
    });
    expect(before).toMatchObject({ role: "ingest", pid: ingest.pid });
    expect(new Set(before.workers)).toEqual(new Set(ingest.workers));
    process.kill(ingest.workers[0], "SIGKILL");
    process.kill(tally.workers[0], "SIGKILL");
    await successorAt(ingest.url, ingest.workers[0]);
    await successorAt(tally.url, tally.workers[0]);
    const { code, stdout, stderr } = await load.finished;
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ lost: 0, double: 0, reconciled: true, verdict: "pass" });

    // What the dead has counted counts on, as far as it was read: nobody votes any more.
    const scrape = async () => (await fetch(ingest.metricsUrl)).text();
    const name = "vote_ingest_ballots_acknowledged_total";
    const counted = await statusOf<"ingest">(ingest.url);
    const scraped = await scrape();
    process.kill(ingest.workers[1], "SIGKILL");
    await successorAt(ingest.url, ingest.workers[1]);
    const after = await statusOf<"ingest">(ingest.url);
    expect(after.acknowledged).toBeGreaterThanOrEqual(counted.acknowledged);
    const metrics = await scrape();
    expect(metrics).toMatch(/^vote_build_info\{role="ingest",.* 1$/m);
    expect(countIn(scraped, name)).toBeGreaterThan(0);
    expect(countIn(metrics, name)).toBeGreaterThanOrEqual(countIn(scraped, name));
    const shared = await eventually("all partitions, of both", async () => {
      const status = await statusOf<"tally">(tally.url);
      return status.partitions.length === 4 && status;
    });
    expect(shared.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
    expect(shared.commits).toBeGreaterThan(0);
    const numbers = shared.events.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
    expect((await fetch(`${tally.url}/readyz`)).status).toBe(200);

    expect(await stop(ingest)).toMatch(/"role-died".*"role-restarted"/s);
    const told = await stop(tally);
    expect(told).toMatch(/"role-died".*"role-restarted"/s);
    const lines = told.split("\n").filter((line) => line.includes('"assigned"'));
    const holders = lines.map((line) => (JSON.parse(line) as { pid: number }).pid);
    for (const worker of tally.workers) expect(holders).toContain(worker);
  }, 300_000);

  it("answer without what a stopped one of them holds, and say that they drain", async () => {
    const tally = await start("tally", "--status-port", "0");
    const whole = await eventually("both", async () => {
      const status = await statusOf<"tally">(tally.url);
      return status.workers?.length === 2 && status;
    });
    process.kill(tally.workers[0], "SIGSTOP");
    onTestFinished(() => void (isAlive(tally.workers[0]) && process.kill(tally.workers[0], 9)));
    // As the monitor asks, which gives up after two seconds.
    const ask = jsonGetter({});
    await eventually("a status without what it holds", async () => {
      const answer = await ask(tally.url, "/statusz");
      if (!answer.reached) return false;
      const { memoryBytes, workers } = answer.body as RoleStatus<"tally">;
      return workers?.length === 2 && memoryBytes < 0.8 * whole.memoryBytes;
    });
    const probe = async () => {
      const answer = await ask(tally.url, "/readyz");
      return answer.reached ? [answer.status, answer.body] : [];
    };
    await eventually("readiness", async () => (await probe())[0] === 200);
    // It does not end before it goes on.
    tally.process.child.kill("SIGTERM");
    await eventually("the end of readiness", async () => {
      const [status, body] = await probe();
      return status === 503 && (body as { code: string }).code === "shutting-down";
    });
    expect(await statusOf<"tally">(tally.url)).toMatchObject({ draining: true });
    process.kill(tally.workers[0], "SIGCONT");
    expect(await tally.process.finished).toMatchObject({ code: 0 });
  }, 180_000);

  it("never answer for one of them alone, also while nobody knows of all", async () => {
    const ingest = await start("ingest", "--port", "0");
    await eventually("both", async () => {
      const { workers } = await statusOf<"ingest">(ingest.url);
      return workers?.length === 2;
    });
    process.kill(ingest.pid, "SIGSTOP");
    onTestFinished(() => void (isAlive(ingest.pid) && process.kill(ingest.pid, "SIGCONT")));
    for (let request = 0; request < 4; request++) {
      const response = await fetch(`${ingest.url}/statusz`);
      const body = (await response.json()) as Partial<RoleStatus<"ingest">>;
      const expected =
        response.status === 503 ? { code: "not-running" } : { pid: ingest.pid, role: "ingest" };
      expect(body).toMatchObject(expected);
    }
    process.kill(ingest.pid, "SIGCONT");
    await stop(ingest);
  });

  it("leave no worker behind when they are killed themselves", async () => {
    const { pid, workers } = await start("tally");
    process.kill(pid, "SIGKILL");
    await eventually("the end of both", () => !workers.some(isAlive));
  });

  it("say what kept them from starting", async () => {
    const first = await start("tally", "--status-port", "0");
    onTestFinished(() => void first.process.child.kill("SIGTERM"));
    const { port } = new URL(first.url);
    const taken = ["--status-port", port, "--processes", "2", "--json"];
    const { code, stdout } = await box.vote("tally", ...taken);
    expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "port-in-use" } }]);
  });
});
