import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { withStatus } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { problemBody } from "../../../src/runtime/http/problem.js";
import { snapshotReader } from "../../../src/runtime/monitor/read/read-snapshot.js";
import { chooseElection } from "../../../src/runtime/monitor/state/snapshot.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { electionOf } from "../../helpers/data/chains.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const figures = { sequence: 3, position: 40, rejections: [2, 1, 0, 0], retriesAbsorbed: 5 };

/** Reads everything once. */
const readSnapshot = (source: Parameters<typeof snapshotReader>[0]) => snapshotReader(source)();

/** The real serve over the real engine: one open election of two partitions. */
async function served() {
  const engine = await openEngine({ engine: "embedded", dataDir: await temporaryDirectory() });
  const { registry, view } = engine;
  const draft = electionOf("demo", 2, 2);
  await registry.create(draft);
  await registry.replace(withStatus(draft, "open", 2));
  await view.set("demo", { ...figures, partition: 0, counts: [30, 10], sealed: true });
  const serve = await startServe({ registry, view, host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await serve.stop();
    await engine.close();
  });
  return { serve, registry };
}

/** Some server that is not ours, answering as told. */
async function stranger(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An address where nothing listens. */
async function deserted(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe("a snapshot of a running serve", () => {
  it("has the figures, the watermarks and the health", async () => {
    const { serve } = await served();
    const snapshot = await readSnapshot({ serveUrl: `${serve.url}/`, election: undefined });
    expect(snapshot).toMatchObject({
      election: "demo",
      elections: [{ id: "demo", title: "Election demo", status: "open", createdAt: 1 }],
      roles: [{ role: "serve", state: "ready", detail: "", pid: process.pid }],
      ingest: null,
      tallies: [],
      serve: { eventStreams: 0, webSockets: 0, messagesSent: 0, stale: false },
      problem: null,
    });
    expect(snapshot.result).toMatchObject({
      election: "demo",
      status: "open",
      official: false,
      counted: 40,
      rejected: { "already-voted": 2, "election-closed": 1 },
      retriesAbsorbed: 5,
      result: [
        { candidate: "candidate-0", name: "Candidate 0", votes: 30, share: 0.75 },
        { candidate: "candidate-1", name: "Candidate 1", votes: 10, share: 0.25 },
      ],
      partitions: 2,
      sealedPartitions: 1,
      digest: null,
      watermarks: [{ partition: 0, sequence: 3, position: 40, sealed: true }],
      stale: false,
    });
    expect(snapshot.result?.revision).toBeGreaterThan(0);
  });

  it("reads another election once that is wanted", async () => {
    const { serve, registry } = await served();
    await registry.create({ ...electionOf("other", 2, 1), createdAt: 0 });
    const read = snapshotReader({ serveUrl: serve.url, election: undefined });
    expect((await read()).election).toBe("demo");
    expect((await read("other")).result?.election).toBe("other");
    expect((await read()).election).toBe("other");
  });

  it("names the elections there are when asked for another", async () => {
    const { serve } = await served();
    const snapshot = await readSnapshot({ serveUrl: serve.url, election: "nope" });
    expect(snapshot.result).toBeNull();
    expect(snapshot.problem).toContain("There is: demo.");
  });

  it("stays with the election chosen first, also once a newer one is open", async () => {
    const { serve, registry } = await served();
    const read = snapshotReader({ serveUrl: serve.url, election: undefined });
    await read();
    const draft = { ...electionOf("newer", 2, 1), createdAt: 99 };
    await registry.create(draft);
    await registry.replace(withStatus(draft, "open", 100));
    let now = await read();
    // Serve's list may be some milliseconds old.
    for (let tries = 0; now.elections.length < 2 && tries < 1_000; tries++) now = await read();
    expect(now.elections).toHaveLength(2);
    expect(now.election).toBe("demo");
    const fresh = await readSnapshot({ serveUrl: serve.url, election: undefined });
    expect(fresh.election).toBe("newer");
  });
});

describe("what cannot be had", () => {
  it("is unreachable where nothing listens", async () => {
    const url = await deserted();
    const snapshot = await readSnapshot({ serveUrl: url, ingestUrl: url, election: "demo" });
    expect(snapshot.problem).toBe(`Serve at ${url} cannot be reached: connection refused.`);
    expect(snapshot.roles).toEqual(
      ["ingest", "serve"].map((role) => ({
        role,
        url,
        state: "unreachable",
        latencyMs: null,
        detail: "connection refused",
        pid: null,
        startedAt: null,
        cpuSeconds: null,
        memoryBytes: null,
        diskFreeBytes: null,
        diskBytes: null,
      })),
    );
    expect(snapshot).toMatchObject({ ingest: null, tallies: [], serve: null, stores: [] });
  });

  it("is not ready where a role says so, in its own words", async () => {
    const { serve } = await served();
    const problem = problemBody(new VoteError("log-unavailable", "The log does not answer."));
    const ingestUrl = await stranger(503, problem);
    const snapshot = await readSnapshot({ serveUrl: serve.url, ingestUrl, election: undefined });
    const detail = "The log does not answer.";
    expect(snapshot.roles[0]).toMatchObject({ role: "ingest", state: "not-ready", detail });
    expect(snapshot.result?.counted).toBe(40);
  });

  it.each([
    ["<html>welcome</html>", ": the body is missing."],
    ['{"elections":[]}', "There is no election yet."],
    ['{"elections":[{"id":7}]}', ": elections[0].id is 7."],
    ['{"elections":[{"id":"x","title":"X"}]}', ": elections[0].instance is missing."],
  ])("is told when a stranger answers %s", async (body, said) => {
    const serveUrl = await stranger(200, body);
    const snapshot = await readSnapshot({ serveUrl, election: undefined });
    expect(snapshot.result).toBeNull();
    expect(snapshot.problem).toContain(said);
  });

  it("is a status without a field that it must have, which is named", async () => {
    const { serve } = await served();
    const common = { pid: 1, startedAt: 1, at: 1, draining: false, clockErrorMs: null };
    const used = { cpuSeconds: 1, memoryBytes: 1, diskFreeBytes: null, diskBytes: null };
    const status = { role: "ingest", ...common, refused: {}, ...used };
    const ingestUrl = await stranger(200, JSON.stringify({ ...status, stores: [{ part: "log" }] }));
    const snapshot = await readSnapshot({ serveUrl: serve.url, ingestUrl, election: undefined });
    const who = `the status of ingest at ${ingestUrl}`;
    const detail = `What answers is not ${who}: stores[0].store is missing.`;
    expect(snapshot.roles[0]).toMatchObject({ role: "ingest", state: "ready", pid: null, detail });
    expect(snapshot.ingest).toBeNull();
  });

  it("is given up on when no answer comes", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => server.closeAllConnections());
    onTestFinished(() => void server.close());
    const serveUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const snapshot = await readSnapshot({ serveUrl, election: undefined, timeoutMs: 50 });
    expect(snapshot.roles[0]).toMatchObject({
      state: "unreachable",
      detail: "no answer within 50 ms",
    });
  });
});

describe("chooseElection", () => {
  const election = (id: string, status: "open" | "closed", createdAt: number) => {
    return { id, title: id, status, createdAt };
  };

  it("takes the newest open one, else the newest, else none", () => {
    const closed = election("c", "closed", 9);
    expect(chooseElection([election("b", "open", 3), election("a", "open", 5), closed])).toBe("a");
    expect(chooseElection([closed, election("d", "closed", 2)])).toBe("c");
    expect(chooseElection([])).toBeUndefined();
  });
});
