import { afterEach, expect, it } from "vitest";
import { statusSchemas } from "../../../src/runtime/contracts/http/status.js";
import { requireAnswer } from "../../../src/runtime/contracts/schema/answer.js";
import type { Log } from "../../../src/runtime/log/port.js";
import type { Registry } from "../../../src/runtime/registry/port.js";
import { type Clock, systemClock } from "../../../src/runtime/time/clock.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { eventually } from "../../helpers/temporary.js";
import { type Bench, type BenchOptions, batch, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(() => bench?.stop());

/** Two partitions' worth of ballots: a single one, and a batch. */
const ballotId = "ab".repeat(16);
const single = (own: Bench) =>
  vote(own, "lunch", {
    token: own.token("ann"),
    body: JSON.stringify({ choice: "soup", ballotId }),
  });
const lines = (own: Bench) =>
  batch(own, "lunch", {
    body: '{"voter":"bob","choice":"soup"}\n{"voter":"cleo","choice":"soup"}\n',
  });
const routes = [
  ["single", single, "202", "503 log-unavailable"],
  ["batch", lines, "200", "503 log-unavailable"],
] as const;

/** An ingest whose appends wait for `release`, by a clock that jumps ahead at will. */
async function scene(options: BenchOptions = {}, wrapRegistry?: (real: Registry) => Registry) {
  let aheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + aheadMs,
    wallClock: () => systemClock.wallClock() + aheadMs,
  };
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let appends = 0;
  const wrapLog = (log: Log): Log =>
    passedThrough(log, {
      async append(frames) {
        appends++;
        await released;
        return log.append(frames);
      },
    });
  const own = await startBench({ clock, wrapLog, wrapRegistry, ...options });
  bench = own;
  return {
    own,
    release,
    appends: () => appends,
    appending: () => eventually("the append is under way", () => appends > 0),
    /** The clock jumps to so many milliseconds after the closing time. */
    jump(closesAt: number, afterMs: number) {
      aheadMs = closesAt + afterMs - systemClock.wallClock();
    },
    async closeAt(closesAt: number) {
      const election = await own.engine.registry.get("lunch");
      const revision = election!.revision + 1;
      await own.engine.registry.replace({ ...election!, closesAt, revision });
    },
  };
}

const statusOf = async (response: Response) =>
  response.ok ? String(response.status) : problemCode(response);

it.each(routes)(
  "acknowledges a %s ballot that is durable 1.9 s after the end",
  async (_route, send, acknowledged) => {
    const { own, release, appending, jump } = await scene();
    const closesAt = Date.now() + 60_000;
    await own.election("lunch", "open", { closesAt });
    const answer = send(own);
    await appending();
    jump(closesAt, 1_000);
    release();
    expect(await statusOf(await answer)).toBe(acknowledged);
    const status = await (await fetch(`${own.ingest.url}/statusz`)).json();
    const { acknowledgeMs } = requireAnswer(statusSchemas.ingest, status, "ingest");
    // The clock has jumped by a minute while the ballot waited.
    expect(acknowledgeMs?.p99).toBeGreaterThan(30_000);
  },
);

it.each(routes)(
  "says of a %s ballot that is durable 2 s after the end that its outcome is unknown",
  async (_route, send, _acknowledged, unknown) => {
    const { own, release, appending, jump } = await scene();
    const closesAt = Date.now() + 60_000;
    await own.election("lunch", "open", { closesAt });
    const answer = send(own);
    await appending();
    jump(closesAt, 2_000);
    release();
    const response = await answer;
    const { hint } = (await response.clone().json()) as { hint: string };
    expect(hint).toContain("same ballotId");
    expect(await statusOf(response)).toBe(unknown);
    expect((await own.frames("lunch")).length).toBeGreaterThan(0);
    const status = await (await fetch(`${own.ingest.url}/statusz`)).json();
    expect(status).toMatchObject({ acknowledged: 0, acknowledgeMs: null, clockErrorMs: null });
  },
);

it("looks whether an end was announced while the log was slow", async () => {
  const { own, release, appending, jump, closeAt } = await scene();
  await own.election("lunch");
  const answer = single(own);
  await appending();
  const closesAt = Date.now() + 60_000;
  await closeAt(closesAt);
  jump(closesAt, 2_000);
  release();
  expect(await problemCode(await answer)).toBe("503 log-unavailable");
});

it("acknowledges nothing while the registry does not say whether it has ended", async () => {
  let away = false;
  const { own, release, appending, jump } = await scene({}, (real) =>
    passedThrough(real, {
      get: (id) => (away ? Promise.reject(new Error("away")) : real.get(id)),
    }),
  );
  await own.election("lunch");
  const answer = single(own);
  await appending();
  away = true;
  jump(Date.now(), 5_000);
  release();
  expect(await problemCode(await answer)).toBe("503 log-unavailable");
});

it("stops sending what could only come to stand behind the close marker", async () => {
  let sent = 0;
  const { own, jump } = await scene({
    wrapLog: (log) =>
      passedThrough(log, {
        async append() {
          sent++;
          throw new Error("away");
        },
      }),
    retryForMs: 600_000,
  });
  const closesAt = Date.now() + 60_000;
  await own.election("lunch", "open", { closesAt });
  const answer = single(own);
  await eventually("it is sent again and again", () => sent > 2);
  jump(closesAt, 2_000);
  const response = await answer;
  expect(await response.clone().json()).toMatchObject({
    detail: "The ballot was not durable before election lunch closed.",
  });
  expect(await problemCode(response)).toBe("503 log-unavailable");
});

it("takes nothing before it opens, though one with a fast clock has opened it", async () => {
  const { own, release, appends } = await scene();
  const election = await own.election("lunch");
  release();
  const { revision } = election;
  const openedAt = Date.now() + 60_000;
  await own.engine.registry.replace({ ...election, openedAt, revision: revision + 1 });
  expect(await problemCode(await single(own))).toBe("409 election-not-open");
  expect(await problemCode(await lines(own))).toBe("409 election-not-open");
  expect(appends()).toBe(0);
});

it("takes nothing by a clock that is wrong, is not ready, and says why", async () => {
  const clocks = new ClockCheck(1_000);
  const { own, release, appending, jump } = await scene({ clocks });
  await own.election("lunch");
  const before = single(own);
  await appending();
  clocks.learn({ askedAt: 3_600_000, answeredAt: 3_600_010, from: 0, to: 1_000 });
  // What it has taken already is not acknowledged by such a clock either.
  jump(Date.now(), 0);
  release();
  expect(await problemCode(await before)).toBe("503 log-unavailable");
  expect(await problemCode(await single(own))).toBe("503 clock-error");
  expect(await problemCode(await lines(own))).toBe("503 clock-error");
  expect(await problemCode(await fetch(`${own.ingest.url}/readyz`))).toBe("503 clock-error");
  const status = await (await fetch(`${own.ingest.url}/statusz`)).json();
  expect(status).toMatchObject({ clockErrorMs: 3_599_000 });
});
