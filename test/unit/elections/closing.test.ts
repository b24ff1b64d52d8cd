import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { announceMs, learnMs } from "../../../src/runtime/core/limits.js";
import { announceClose, scheduleElection } from "../../../src/runtime/elections/announce.js";
import { finishClose, untilClosed } from "../../../src/runtime/elections/closing.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { eventually } from "../../helpers/temporary.js";
import { SkippingClock, SteppedClock } from "../../helpers/test-clock.js";

/**
 * The engine, and a promise that resolves once whoever closes has read its key: only from then on
 * does the clock alone hold it back.
 */
function watched(engine: Awaited<ReturnType<typeof openTestEngine>>) {
  let ready = () => {};
  const waiting = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const keys = passedThrough(engine.keys, {
    async signingKey(use) {
      const key = await engine.keys.signingKey(use);
      void setImmediate().then(ready);
      return key;
    },
  });
  return { on: { ...engine, keys }, waiting };
}

it("announces an end that lies ahead however slowly the registry writes", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "slow", 1);
  const clock = new SteppedClock(100_000);
  const tookMs = [3_000, 1_000, 10];
  const registry = passedThrough(engine.registry, {
    async replace(...change) {
      await engine.registry.replace(...change);
      clock.moveTo(clock.wallClock() + (tookMs.shift() ?? 0));
    },
  });
  const announced = await announceClose({ ...engine, registry }, "slow", { clock, by: "ada" });
  // The second try allows for what the first one took.
  expect(announced.closesAt).toBe(103_000 + 1_000 + 3_000);
  expect((await engine.registry.get("slow"))?.closesAt).toBe(announced.closesAt);
  expect(tookMs).toEqual([10]);
  const again = await scheduleElection(
    { ...engine, registry },
    "slow",
    { closesAt: 105_000 },
    { clock },
  );
  expect(again.closesAt).toBe(105_000);
});

it.each([0, 400, 500, 501, 4_000])(
  "announces an end after all ballots taken without knowing it, if the registry takes %i ms",
  async (tookMs) => {
    const engine = await openTestEngine();
    await openTestElection(engine, "e", 1);
    const clock = new SteppedClock(100_000);
    const took = [tookMs];
    const registry = passedThrough(engine.registry, {
      async replace(...change) {
        await engine.registry.replace(...change);
        clock.moveTo(clock.wallClock() + (took.shift() ?? 0));
      },
    });
    const clocks = new ClockCheck(1_000);
    const on = { ...engine, registry, clocks };
    const announced = await announceClose(on, "e", { clock });
    // An ingest has read the record just before, and its clock is a second ahead.
    const lastTaken = clock.wallClock() + learnMs + clocks.toleranceMs;
    expect(announced.closesAt).toBeGreaterThanOrEqual(lastTaken);
    expect((await engine.registry.get("e"))?.closesAt).toBe(announced.closesAt);
    const soonest = clock.wallClock() + announceMs + clocks.toleranceMs;
    const sooner = { closesAt: soonest - 1 };
    const scheduled = scheduleElection(on, "e", sooner, { clock });
    await expect(scheduled).rejects.toMatchObject({ code: "invalid-election" });
  },
);

it("puts an end off of which it did not hear in time that it was written", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SkippingClock(100_000);
  let writes = 0;
  const registry = passedThrough(engine.registry, {
    async replace(...change) {
      // The second change is lost, the answer to the first too.
      if (++writes !== 2) await engine.registry.replace(...change);
      if (writes > 2) return;
      await clock.sleep(1_500);
      throw new VoteError("ledger-unavailable", "no answer");
    },
  });
  const on = { ...engine, registry };
  const announced = await announceClose(on, "e", { clock });
  expect(writes).toBe(4);
  expect(announced.closesAt).toBeGreaterThanOrEqual(clock.wallClock() + announceMs);
  expect(await engine.registry.get("e")).toEqual(announced);
});

it("appends no marker before all have stopped acknowledging, by the fastest clock", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "e", 1);
  const clock = new SteppedClock(100_000);
  const { on, waiting } = watched({ ...engine, clocks: new ClockCheck(1_000) });
  const announced = await announceClose(on, "e", { clock });
  expect(announced).toMatchObject({ closesAt: 102_000, status: "open" });
  const closing = finishClose(on, announced, { clock });
  await waiting;
  for (const at of [102_000, 103_999, 104_999]) {
    clock.moveTo(at);
    // Whoever wakes now closes by this time.
    await setImmediate();
    expect((await engine.registry.get("e"))?.status).toBe("open");
  }
  expect(await engine.log.end("e", 0)).toBe(0);
  clock.moveTo(105_000);
  expect(await closing).toMatchObject({ status: "closed", closedAt: 105_000 });
  expect(await engine.log.end("e", 0)).toBe(1);
  expect(election.partitions).toBe(1);
});

it("waits as long as ballots drain from when it sees the end, however old that is", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SteppedClock(100_000);
  const announced = await announceClose(engine, "e", { clock });
  clock.moveTo(500_000);
  const { on, waiting } = watched(engine);
  const closing = finishClose(on, announced, { clock });
  await waiting;
  clock.moveTo(501_999);
  // Whoever wakes now closes by this time.
  await setImmediate();
  clock.moveTo(502_000);
  expect(await closing).toMatchObject({ closedAt: 502_000 });
});

it("is closed for whoever waits, no matter who was faster", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SteppedClock(100_000);
  const announced = await announceClose(engine, "e", { clock });
  const all = Array.from({ length: 4 }, () => untilClosed(engine, announced, { clock }));
  clock.moveTo(103_000);
  for (const one of await Promise.all(all)) expect(one).toMatchObject({ status: "closed" });
  expect((await engine.registry.get("e"))?.revision).toBe(announced.revision + 1);
});

it("is not closed by who was told to stop, or by who did not see the extension", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SteppedClock(100_000);
  const announced = await announceClose(engine, "e", { clock });
  const stopping = new AbortController();
  const stopped = finishClose(engine, announced, { clock, signal: stopping.signal });
  const late = finishClose(engine, announced, { clock });
  stopping.abort();
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
  await scheduleElection(engine, "e", { closesAt: 900_000 }, { clock });
  clock.moveTo(103_000);
  await expect(late).rejects.toMatchObject({ code: "election-changed" });
  await eventually("still open", async () => (await engine.registry.get("e"))?.status === "open");
  expect(await engine.log.end("e", 0)).toBe(0);
});
