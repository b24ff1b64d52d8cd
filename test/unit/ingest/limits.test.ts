import { afterEach, describe, expect, it, vi } from "vitest";
import type { IngestOptions } from "../../../src/runtime/ingest/server.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { type Bench, batch, post, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(() => bench?.stop());

/** With durations by a clock that stands still but for `passMs`. */
async function start(rates: IngestOptions["rates"]) {
  let aheadMs = 0;
  const began = systemClock.now();
  const clock = { ...systemClock, now: () => began + aheadMs };
  const own = await startBench({ rates, clock });
  bench = own;
  await own.election("lunch");
  await own.election("dinner");
  return { own, passMs: (ms: number) => (aheadMs += ms) };
}

const body = '{"choice":"soup"}';
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `{"voter":"w${n}","choice":"soup"}\n`).join("");

/** How many of so many of a voter's ballots are taken, all sent at once. */
async function taken(own: Bench, election: string, voter: string, count: number) {
  const token = own.token(voter);
  const answers = await Promise.all(
    Array.from({ length: count }, () => vote(own, election, { token, body })),
  );
  const codes = await Promise.all(
    answers.map((answer) => (answer.status === 202 ? "202" : problemCode(answer))),
  );
  const refused = codes.filter((code) => code !== "202");
  expect(new Set(refused)).toEqual(new Set(refused.length === 0 ? [] : ["429 too-many-requests"]));
  return count - refused.length;
}

describe("ballots a second", () => {
  it("of one voter are limited, by election, and no other voter's", async () => {
    const { own, passMs } = await start({ perVoter: 5 });
    expect(await taken(own, "lunch", "alice", 100)).toBe(10);
    expect(await taken(own, "lunch", "bob", 10)).toBe(10);
    expect(await taken(own, "dinner", "alice", 10)).toBe(10);
    const stopped = await vote(own, "lunch", { token: own.token("alice"), body });
    expect(Object.fromEntries(stopped.headers)).toMatchObject({
      "retry-after": "1",
      "ratelimit-policy": '"voter";q=10;w=2',
      ratelimit: '"voter";r=0;t=2',
    });
    expect(await stopped.text()).not.toContain("alice");
    passMs(1_000);
    expect(await taken(own, "lunch", "alice", 100)).toBe(5);
    const ballots = (await own.frames("lunch")).reduce(
      (sum, { ballotCount }) => sum + ballotCount,
      0,
    );
    expect(ballots).toBe(25);
    const status = await (await fetch(`${own.ingest.url}/statusz`)).json();
    expect(status).toMatchObject({ refused: { "too-many-requests": 90 + 1 + 95 } });
  });

  it("of one gateway are limited, and it learns what is left", async () => {
    const { own, passMs } = await start({ perGateway: 100 });
    const first = await batch(own, "lunch", { body: lines(60) });
    expect(first.status).toBe(200);
    expect(first.headers.get("ratelimit-policy")).toBe('"gateway";q=200;w=2');
    expect(first.headers.get("ratelimit")).toBe('"gateway";r=140;t=1');
    expect((await batch(own, "lunch", { body: lines(300) })).status).toBe(200);
    expect(await problemCode(await batch(own, "dinner", { body: lines(1) }))).toBe(
      "429 too-many-requests",
    );
    const other = own.token("another-gate", "gateway");
    expect((await batch(own, "lunch", { token: other, body: lines(1) })).status).toBe(200);
    passMs(1_611);
    expect((await batch(own, "lunch", { body: lines(1) })).status).toBe(200);
  });

  it("for one election, and in total, are limited, however they come", async () => {
    const { own } = await start({ perElection: 10, inTotal: 30 });
    expect((await batch(own, "lunch", { body: lines(19) })).status).toBe(200);
    expect(await taken(own, "lunch", "alice", 3)).toBe(1);
    expect((await batch(own, "lunch", { body: lines(1) })).status).toBe(429);
    expect((await batch(own, "dinner", { body: lines(50) })).status).toBe(200);
    await own.election("supper");
    expect(await taken(own, "supper", "alice", 3)).toBe(0);
    // Refused before anything is read: not even the token.
    const url = `${own.ingest.url}/v1/elections/supper/ballots`;
    expect((await post(url, { body })).status).toBe(429);
  });

  it("are any number unless limits are given", async () => {
    const { own } = await start({});
    expect(await taken(own, "lunch", "alice", 100)).toBe(100);
    const answer = await batch(own, "lunch", { body: lines(500) });
    expect(answer.status).toBe(200);
    expect(answer.headers.has("ratelimit")).toBe(false);
  });
});

it("refuses ballots while the event loop is too slow, and says that it is not ready", async () => {
  let delayMs = 5_000;
  const own = await startBench({ loopDelayMs: () => delayMs });
  bench = own;
  await own.election("lunch");
  const { url } = own.ingest;
  const codes = async () => [
    await codeOf(await vote(own, "lunch", { token: own.token("alice"), body })),
    await codeOf(await batch(own, "lunch", { body: lines(1) })),
    await codeOf(await fetch(`${url}/readyz`)),
    await codeOf(await fetch(`${url}/livez`)),
    // Before anything is read: not even the token.
    await codeOf(await vote(own, "lunch", { body })),
  ];
  const shed = "503 overloaded";
  await vi.waitFor(
    async () => expect(await codes()).toEqual([shed, shed, shed, "200", shed]),
    30_000,
  );
  delayMs = 20;
  const usual = ["202", "200", "200", "200", "401 missing-token"];
  await vi.waitFor(async () => expect(await codes()).toEqual(usual), 30_000);
}, 90_000);

async function codeOf(answer: Response): Promise<string> {
  return answer.ok ? String(answer.status) : problemCode(answer);
}
