import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes, openFrame } from "../../src/runtime/core/formats/frame.js";
import { issueToken } from "../../src/runtime/keys/tokens.js";
import { openEngine } from "../../src/runtime/wiring/engine.js";
import { type Sandbox, sandbox, type VoteProcess } from "../helpers/run-vote.js";

let box: Sandbox;
beforeAll(async () => {
  box = sandbox();
  const create = ["election", "create", "drain", "--title", "Drain", "--candidate", "a"];
  expect(await box.vote(...create, "--partitions", "2")).toMatchObject({ code: 0 });
  expect(await box.vote("election", "open", "drain")).toMatchObject({ code: 0 });
});
afterAll(() => box.remove());

async function ready(process: VoteProcess): Promise<{ pid: number; url: string }> {
  return JSON.parse(await process.line(/^\{"role"/));
}

async function inEngine<T>(work: (engine: Awaited<ReturnType<typeof openEngine>>) => Promise<T>) {
  const engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/** Votes as one voter after another until the ingest is gone; the ids it has acknowledged. */
async function voteUntilGone(url: string, secret: Buffer, name: string): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let voter = 0; ; voter++) {
    const subject = `${name}-${voter}`;
    const nowMs = Date.now();
    const token = issueToken({
      ...{ secret, subject, scope: "vote", election: "drain", expiresInSeconds: 600, nowMs },
    });
    try {
      const response = await fetch(`${url}/v1/elections/drain/ballots`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: '{"choice":"a"}',
      });
      const body = (await response.json()) as { ballotId: string };
      if (response.status === 202) acknowledged.push(body.ballotId);
    } catch {
      return acknowledged;
    }
  }
}

async function ballotsInLog(): Promise<Set<string>> {
  const ids = new Set<string>();
  await inEngine(async ({ log }) => {
    for (const partition of [0, 1]) {
      for (const record of await log.read("drain", partition, 0, Number.MAX_SAFE_INTEGER)) {
        const frame = openFrame(record.bytes, `position ${record.position}`);
        for (let index = 0; index < frame.ballotCount; index++) {
          const { ballotId } = readBallot(frame.bytes, frameHeaderBytes + index * ballotBytes);
          ids.add(Buffer.from(ballotId).toString("hex"));
        }
      }
    }
  });
  return ids;
}

describe("SIGTERM", () => {
  it("lets an ingest under load answer what it has taken; all of that is in the log", async () => {
    const secret = await inEngine(({ keys }) => keys.tokenSecret());
    const ingest = box.start("ingest", "--port", "0", "--json", "--log-level", "warn");
    const { url } = await ready(ingest);
    const names = Array.from({ length: 8 }, (_, index) => `voter-${index}`);
    const voting = Promise.all(names.map((name) => voteUntilGone(url, secret, name)));
    while ((await ballotsInLog()).size < 100)
      await new Promise((resolve) => setTimeout(resolve, 5));
    ingest.child.kill("SIGTERM");
    expect(await ingest.finished).toMatchObject({ code: 0, stderr: "" });
    const acknowledged = (await voting).flat();
    const durable = await ballotsInLog();
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
    expect(acknowledged.filter((id) => !durable.has(id))).toEqual([]);
  });

  it.each(["tally", "serve"])("ends a %s with 0", async (role) => {
    const started = box.start(role, "--json", ...(role === "serve" ? ["--port", "0"] : []));
    await ready(started);
    started.child.kill("SIGTERM");
    expect(await started.finished).toMatchObject({ code: 0 });
  });

  it("is what a role takes the end of its parent for", async () => {
    const tally = box.start("tally", "--json");
    await ready(tally);
    tally.child.stdin?.end();
    expect(await tally.finished).toMatchObject({ code: 0 });
  });
});
