import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { loadFailure } from "../../../../src/cli/load-run.js";
import type { LoadRecord } from "../../../../src/runtime/contracts/load/load-record.js";
import { closeElection } from "../../../../src/runtime/elections/closing.js";
import { type RunningIngest, startIngest } from "../../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../../src/runtime/keys/tokens.js";
import type { LoadProgress } from "../../../../src/runtime/load/run/progress.js";
import { runLoadAndReconcile } from "../../../../src/runtime/system/load/load-run.js";
import { type LoadBench, scenarioOf, startLoadBench, withAppend } from "../../load/support.js";

let bench: LoadBench;
let ingest: RunningIngest | undefined;

beforeEach(async () => {
  bench = await startLoadBench();
});

afterEach(async () => {
  await ingest?.stop();
  ingest = undefined;
  await bench.stop();
});

const agreed = { generator: true, view: true, ledger: true, recount: true };

/** What must hold of every run that went well, to the ballot. */
function expectReconciled(record: LoadRecord): void {
  expect(record).toMatchObject({ lost: 0, double: 0, invented: 0, unknown: 0, findings: [] });
  expect(record).toMatchObject({ agreement: agreed, reconciled: true, verdict: "pass" });
  expect(record.acknowledged + record.refused).toBe(record.sent);
  const rejected = Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
  expect(record.counted + rejected).toBe(record.acknowledged);
}

async function startHttp(): Promise<string> {
  ingest = await startIngest({ ...bench.engine, host: "127.0.0.1", port: 0 });
  return ingest.url;
}

describe("runLoadAndReconcile", () => {
  it("reconciles a run straight into the log, and says how it went", async () => {
    const progress: LoadProgress[] = [];
    const { record, recount } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      // Long enough that the log has confirmed first votes before all second ones are due.
      scenario: scenarioOf({ durationSeconds: 3, votesPerSecond: 2_000 }),
      onProgress: (now) => progress.push(now),
    });
    expectReconciled(record);
    expect(record).toMatchObject({ election: "lunch", engine: "embedded", targetPerSecond: 2_000 });
    expect(record.sent + record.unsent).toBe(6_000);
    expect(record.rejected["already-voted"]).toBeGreaterThan(0);
    expect(record.retriesAbsorbed).toBe(record.retriesSent);
    expect(record.result).toEqual(recount.result);
    expect(record.result.reduce((sum, { votes }) => sum + votes, 0)).toBe(record.counted);
    expect(progress.at(-1)).toMatchObject({ sent: record.sent, acknowledged: record.sent });
    for (const { p50, p99, max } of Object.values(record.latencyMs)) {
      expect(0 < p50 && p50 <= p99 && p99 <= max).toBe(true);
    }
  });

  it("reconciles votes over HTTP, in batches and into the log, all at the same time", async () => {
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({
        votesPerSecond: 2_000,
        streams: [
          { name: "web", via: "http", votesPerSecond: 400, connections: 20 },
          { name: "gate", via: "http-batch", votesPerSecond: 3_000, connections: 4 },
        ],
      }),
      target: await startHttp(),
      beforeReconcile: async () => {
        await closeElection(bench.engine, "lunch");
      },
    });
    expectReconciled(record);
    expect(record.streams.map(({ via }) => via)).toEqual(["log", "http", "http-batch"]);
    for (const stream of record.streams) {
      expect(stream.acknowledged).toBe(stream.sent);
      expect(stream.sent).toBeGreaterThan(0);
    }
    expect(record.retriesAbsorbed).toBe(record.retriesSent);
    expect((await bench.engine.registry.get("lunch"))?.status).toBe("closed");
  });

  it("counts the ballots that were there before apart", async () => {
    const run = (votesPerSecond: number) =>
      runLoadAndReconcile({
        engine: bench.engine,
        election: "lunch",
        scenario: scenarioOf({ votesPerSecond }),
      });
    const first = (await run(2_000)).record;
    const second = (await run(1_000)).record;
    expect(second.seed).not.toBe(first.seed);
    expectReconciled(second);
    expect(second.foreign).toBe(first.acknowledged);
    expect(second.retriesAbsorbed).toBe(second.retriesSent);
  });

  it("sends a frame again until its outcome is known, and the tally absorbs it", async () => {
    let appends = 0;
    const engine = withAppend(bench.engine, async (frames) => {
      const positions = await bench.engine.log.append(frames);
      // The frames are durable; the answer is lost.
      if (appends++ % 5 === 0) throw new Error("the answer was lost");
      return positions;
    });
    const { record } = await runLoadAndReconcile({
      engine,
      election: "lunch",
      scenario: scenarioOf(),
    });
    expectReconciled(record);
    expect(record.resent).toBeGreaterThan(0);
    expect(record.retriesAbsorbed).toBe(record.resent + record.retriesSent);
  });

  it("says what it does not know, and does not pass", async () => {
    let appends = 0;
    const engine = withAppend(bench.engine, async (frames) => {
      if (appends++ === 0) await bench.engine.log.append(frames);
      throw new Error("away");
    });
    const scenario = scenarioOf({ votesPerSecond: 1_000 });
    const options = { engine, election: "lunch", scenario, giveUpAfterMs: 50 };
    const { record } = await runLoadAndReconcile(options);
    expect(record).toMatchObject({ acknowledged: 0, unknown: record.sent, lost: 0, double: 0 });
    expect(record).toMatchObject({ agreement: agreed, reconciled: true, verdict: "fail" });
    expect(loadFailure(record)).toBe("threshold-breached");
  });

  it("sends batches with the gateway's token that it is given", async () => {
    const options = {
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ via: "http-batch", votesPerSecond: 1_000, connections: 2 }),
      target: await startHttp(),
    };
    const refused = await runLoadAndReconcile({ ...options, gatewayToken: "not.a.token" });
    expect(refused.record.refusals).toEqual({ "invalid-token": refused.record.sent });
    const secret = await bench.engine.keys.tokenSecret();
    const gateway = { secret, subject: "station-7", scope: "gateway", election: "lunch" } as const;
    const gatewayToken = issueToken({ ...gateway, expiresInSeconds: 600, nowMs: Date.now() });
    expectReconciled((await runLoadAndReconcile({ ...options, gatewayToken })).record);
  });

  it("reconciles batches that nobody waited for, and the answers that never came", async () => {
    const gateway = await silentGateway(await startHttp());
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ via: "http-batch", votesPerSecond: 2_000, connections: 2 }),
      target: gateway,
      giveUpAfterMs: 0,
    });
    expect(record).toMatchObject({ acknowledged: 0, unknown: record.sent, refused: 0 });
    expect(record).toMatchObject({ agreement: agreed, reconciled: true, verdict: "fail" });
    expect(record.counted).toBe(record.sent);
  });

  it("counts what was due and could not be sent", async () => {
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      // One request after the other cannot be so quick: each is answered once it is on disk.
      scenario: scenarioOf({ via: "http", connections: 1, votesPerSecond: 50_000 }),
      target: await startHttp(),
    });
    expectReconciled(record);
    expect(record.unsent).toBeGreaterThan(0);
    expect(record.sent + record.unsent).toBe(25_000);
    expect(record.valid).toBe(false);
  });

  it.each(["http", "http-batch"])("counts what is refused over %s once closed", async (via) => {
    let closing: Promise<unknown> | undefined;
    const stopping = new AbortController();
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ via, votesPerSecond: 300, durationSeconds: 60, connections: 8 }),
      target: await startHttp(),
      signal: stopping.signal,
      onProgress: ({ refused }) => {
        closing ??= closeElection(bench.engine, "lunch");
        if (refused > 0) stopping.abort();
      },
    });
    await closing;
    expect(record.refusals).toEqual({ "election-closed": record.refused });
    expect(record.refused).toBeGreaterThan(0);
    expectReconciled(record);
  });

  it("stops at a signal and still reconciles", async () => {
    const stopping = new AbortController();
    const { record } = await runLoadAndReconcile({
      engine: bench.engine,
      election: "lunch",
      scenario: scenarioOf({ durationSeconds: 60, votesPerSecond: 1_000 }),
      signal: stopping.signal,
      onProgress: () => stopping.abort(),
    });
    expectReconciled(record);
    expect(record.interrupted).toBe(true);
    expect(record.sent).toBeLessThan(60_000);
  });

  it.each([
    [{ election: "dinner" }, "unknown-election"],
    [{ scenario: scenarioOf({ via: "http" }) }, "invalid-usage"],
    [{ scenario: scenarioOf({ via: "http" }), target: "http://example.org" }, "invalid-usage"],
    [{ scenario: scenarioOf({ candidates: [{ id: "fish", weight: 1 }] }) }, "invalid-scenario"],
  ])("refuses %o", async (change, code) => {
    const options = { engine: bench.engine, election: "lunch", scenario: scenarioOf(), ...change };
    await expect(runLoadAndReconcile(options)).rejects.toMatchObject({ code });
  });

  it("refuses a run that nobody would tally or take, before it sends anything", async () => {
    const { engine } = bench;
    const options = { engine, election: "lunch", scenario: scenarioOf() };
    const closed = await listeningServer();
    await closed.close();
    const missing = { code: "not-running", message: expect.stringContaining("No ingest") };
    const scenario = scenarioOf({ via: "http-batch" });
    const overHttp = { ...options, scenario, target: closed.url };
    await expect(runLoadAndReconcile(overHttp)).rejects.toMatchObject(missing);
    await bench.stopTally();
    const nobody = { code: "not-running", message: expect.stringContaining("No tally runs") };
    await expect(runLoadAndReconcile(options)).rejects.toMatchObject(nobody);
    expect(await engine.log.partitions("lunch")).toEqual([]);
  });

  it("refuses a closed election before it sends anything", async () => {
    await closeElection(bench.engine, "lunch");
    const options = { engine: bench.engine, election: "lunch", scenario: scenarioOf() };
    await expect(runLoadAndReconcile(options)).rejects.toMatchObject({ code: "election-closed" });
  });
});

/** Hands everything on, and keeps the answers to ballots for itself. */
async function silentGateway(ingestUrl: string): Promise<string> {
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray());
    const { authorization = "", "content-type": type = "" } = incoming.headers;
    const headers = { authorization, "content-type": type };
    const isBallots = incoming.method === "POST";
    const taken = await fetch(new URL(incoming.url ?? "/", ingestUrl), {
      ...{ method: incoming.method, headers },
      ...(isBallots ? { body } : {}),
    });
    await taken.arrayBuffer();
    if (isBallots) outgoing.destroy();
    else outgoing.writeHead(taken.status).end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function listeningServer(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
