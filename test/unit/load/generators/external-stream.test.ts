import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningIngest, startIngest } from "../../../../src/runtime/ingest/server.js";
import { drawSigningKey } from "../../../../src/runtime/keys/signing.js";
import { ExternalStream } from "../../../../src/runtime/load/generators/external-stream.js";
import { reconcile } from "../../../../src/runtime/load/reconcile/reconcile.js";
import type { LoadOptions } from "../../../../src/runtime/load/run/options.js";
import type { LoadProgress } from "../../../../src/runtime/load/run/progress.js";
import { signedTarget } from "../../../../src/runtime/load/send/http/http-target.js";
import { systemClock } from "../../../../src/runtime/time/clock.js";
import { eventually } from "../../../helpers/temporary.js";
import { type LoadBench, scenarioOf, startLoadBench } from "../support.js";

let bench: LoadBench;
let ingest: RunningIngest;
let streams: ExternalStream[];

beforeEach(async () => {
  bench = await startLoadBench();
  ingest = await startIngest({ ...bench.engine, host: "127.0.0.1", port: 0 });
  streams = [];
});

afterEach(async () => {
  await Promise.all(streams.map((stream) => stream.close()));
  await ingest.stop();
  await bench.stop();
});

/** 20 ballots in half a second, if nothing else is said. */
async function open(
  fields: Record<string, unknown> = {},
  changes: Partial<LoadOptions> = {},
): Promise<ExternalStream> {
  const { engine } = bench;
  const stream = new ExternalStream(
    {
      election: (await engine.registry.get("lunch"))!,
      scenario: scenarioOf({ via: "http", votesPerSecond: 40, connections: 4, ...fields }),
      ...{ seed: 6, log: engine.log, view: engine.view, clock: systemClock },
      http: await signedTarget(engine.keys, { url: ingest.url }, "lunch", Date.now),
      producerId: () => randomBytes(16),
      framesKey: drawSigningKey(),
      ...changes,
    },
    "k6",
  );
  streams.push(stream);
  return stream;
}

/** Votes as a generator does, with the stream's own ballot, voter and token. */
async function vote(stream: ExternalStream, index: number) {
  const ids = stream.idsOf(index);
  const voter = stream.account.voterOf(index, ids, 0);
  const answer = await fetch(new URL(stream.path, stream.target.url), {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${stream.target.voterToken(`${stream.voterPrefix}-${voter}`)}`,
    },
    body: stream.bodyOf(ids),
  });
  return { status: answer.status, body: await answer.text() };
}

const facts = { name: "k6", processes: 1, cpuSeconds: 2, limits: [], each: [] } as const;

describe("ExternalStream", () => {
  it("keeps every answer, sends again what has none, and reconciles", async () => {
    const stream = await open();
    await stream.open();
    stream.start();
    stream.sentUpTo(9, 30);
    stream.account.assignSecondVote(8, 2);
    for (const index of [0, 1, 2, 3, 8]) {
      expect(stream.answered(index, await vote(stream, index), 10, 20)).toBe(true);
    }
    // These two arrive, and nobody hears of it.
    await vote(stream, 4);
    await vote(stream, 5);
    expect(stream.answered(4, undefined, 10, 20)).toBe(false);
    const outcome = await stream.settle(facts);
    expect(stream.account).toMatchObject({ sent: 9, acknowledged: 9, resent: 4, unknown: 0 });
    expect(outcome).toMatchObject({ drained: true, interrupted: false });
    expect(outcome.generator.cpuSeconds).toBeGreaterThan(2);
    // What the generator heard itself, and nothing of what was sent again.
    expect(outcome.latencies.acknowledge.count).toBe(5);
    expect(outcome.latencies.acknowledge.percentile(50)).toBe(10);
    const { engine } = bench;
    const election = (await engine.registry.get("lunch"))!;
    const electionKey = await engine.keys.electionKey(election);
    const found = await reconcile({ outcome, election, ...engine, electionKey });
    expect(found).toMatchObject({ counted: 8, lost: 0, double: 0, invented: 0, findings: [] });
    expect(found.rejected["already-voted"]).toBe(1);
    expect(found.retriesAbsorbed).toBe(2);
  });

  it("takes a refusal for an answer, and a 5xx for none", async () => {
    const stream = await open();
    stream.sentUpTo(2, 0);
    const closed = { status: 409, body: '{"code":"election-closed"}' };
    expect(stream.answered(0, closed, 1, 2)).toBe(false);
    expect(stream.answered(1, { status: 503, body: "{}" }, 1, 2)).toBe(false);
    expect(stream.account).toMatchObject({ refused: 1, acknowledged: 0 });
    expect([...stream.account.refusals]).toEqual([["election-closed", 1]]);
    stream.answeredAgain(closed);
    expect(stream.account.retriesAcknowledged).toBe(0);
    stream.answeredAgain({ status: 202, body: '{"partition":0,"position":0}' });
    expect(stream.account.retriesAcknowledged).toBe(1);
  });

  it("assumes no more ballots sent than are due, and never fewer than before", async () => {
    let now = 0;
    const clock = { ...systemClock, now: () => now };
    const stream = await open({}, { clock });
    stream.start();
    stream.sentUpTo(5, 0);
    stream.sentUpTo(3, 0);
    expect(stream.account.sent).toBe(5);
    now = 150;
    stream.assumeSent(100);
    // One every 25 ms, the first at once.
    expect(stream.account.sent).toBe(7);
    now = 400;
    stream.assumeSent(2);
    expect(stream.account.sent).toBe(9);
    now = 9_000;
    stream.assumeSent(100);
    expect(stream.account.sent).toBe(20);
  });

  it("counts what the generator dropped as unsent", async () => {
    const stream = await open();
    stream.start();
    const report = { version: "1", requests: 0, requestsPerSecond: 0, failed: 0, dropped: 12 };
    const latencyMs = { p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    const given = { ...facts, report: { ...report, latencyMs, thresholds: [] } };
    expect((await stream.settle(given)).unsent).toBe(20);
    stream.sentUpTo(20, 0);
    for (let index = 0; index < 20; index++) stream.account.refuse(index, "election-closed");
    expect((await stream.settle(given)).unsent).toBe(12);
  });

  it.each([
    ["ends", () => Promise.resolve()],
    ["fails", () => Promise.reject(new Error("gone"))],
  ])("reports progress until the generator %s", async (_, end) => {
    const progress: LoadProgress[] = [];
    const stream = await open({}, { onProgress: (now) => progress.push(now) });
    stream.start();
    let ticks = 0;
    const hasSaid = () => progress.length > 0 && ticks > 2;
    const generator = eventually("word of the progress", hasSaid).then(end);
    await stream.follow(generator, () => ticks++);
    expect(progress[0]).toMatchObject({ total: 20, due: 20, sent: 0 });
    const due = stream.observer.timeline.rows().reduce((sum, row) => sum + row.due, 0);
    expect(due).toBe(20);
  });

  it.each([
    [{ streams: [{ name: "b", via: "http", votesPerSecond: 1 }] }, {}, "has 2 streams"],
    [{ via: "http-batch" }, {}, "goes via http-batch, not via http"],
    [{ forgedShare: 0.2 }, {}, "has forged ballots"],
    [{ bots: 2 }, {}, "has bots"],
    [{ votesPerSecond: 5_000_000 }, {}, "up to 2000000 ballots, not 2500000"],
    [{}, { http: undefined }, "has no target"],
    [{}, { http: { url: "http://192.0.2.1" } as never }, "is not this machine"],
  ])("refuses %o with %o", async (fields, changes, why) => {
    await expect(open(fields, changes)).rejects.toMatchObject({
      code: "invalid-usage",
      message: expect.stringContaining(why),
    });
  });
});
