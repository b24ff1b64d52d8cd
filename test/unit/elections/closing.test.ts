import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Election } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { announceMs, learnMs } from "../../../src/runtime/core/limits.js";
import { announceClose, scheduleElection } from "../../../src/runtime/elections/announce.js";
import { finishClose, untilClosed } from "../../../src/runtime/elections/closing.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { refusalOf } from "../../helpers/refusal.js";
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

it("announces an end as much further ahead as clocks of the cluster may differ", async () => {
  const engine = await openTestEngine();
  const { revision } = await openTestElection(engine, "apart", 1);
  const clock = new SteppedClock(100_000);
  const clocks = new ClockCheck(900, clock);
  const announced = await announceClose({ ...engine, clocks }, "apart", { clock, by: "ada" });
  // In one change, that no second one has to put off.
  const closesAt = 100_000 + announceMs + 900;
  expect(announced).toMatchObject({ closesAt, revision: revision + 1 });
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

it("insists on an end for ten seconds, then says that the registry is away", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SkippingClock(100_000);
  const away = new VoteError("ledger-unavailable", "no answer");
  const replace = async () => {
    throw away;
  };
  const registry = passedThrough(engine.registry, { replace });
  await expect(announceClose({ ...engine, registry }, "e", { clock })).rejects.toBe(away);
  expect(clock.wallClock()).toBe(110_000);
});

it("takes no other change for its own, and a refusal at once for what it is", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "e", 1);
  const changed = new VoteError("election-changed", "changed");
  const answers: VoteError[] = [];
  const clock = new SkippingClock(100_000);
  const announcing = (stored: Election | undefined) => {
    answers.push(new VoteError("ledger-unavailable", "no answer"), changed);
    let reads = 0;
    const registry = passedThrough(engine.registry, {
      get: async () => (reads++ === 0 ? election : stored),
      async replace() {
        throw answers.shift();
      },
    });
    return announceClose({ ...engine, registry }, "e", { clock });
  };
  const { revision } = election;
  for (const stored of [
    undefined,
    election,
    { ...election, revision: revision + 1 },
    { ...election, revision: revision + 1, closesAt: 101_000, opensAt: 5 },
  ]) {
    await expect(announcing(stored)).rejects.toBe(changed);
  }
  // Nothing was unknown before it: the first answer holds.
  const refusing = passedThrough(engine.registry, {
    async replace() {
      throw changed;
    },
  });
  const at = clock.wallClock();
  const refused = announceClose({ ...engine, registry: refusing }, "e", { clock });
  await expect(refused).rejects.toBe(changed);
  expect(clock.wallClock()).toBe(at);
});

it("tells whoever waits what else went wrong than another's close", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "e", 1);
  const clock = new SkippingClock(100_000);
  for (const trouble of [new VoteError("log-unavailable", "away"), new TypeError("a defect")]) {
    const failing = passedThrough(engine.registry, {
      async replace() {
        throw trouble;
      },
    });
    const ending = { ...election, closesAt: 100_000 };
    const waiting = untilClosed({ ...engine, registry: failing }, ending, { clock });
    await expect(waiting).rejects.toBe(trouble);
    const last = async () => {
      throw trouble;
    };
    const ledger = passedThrough(engine.ledger, { last, read: last as never });
    const over = { ...election, status: "closed" } as const;
    await expect(finishClose({ ...engine, ledger }, over, { clock })).rejects.toBe(trouble);
  }
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
  const announced = await scheduleElection(
    engine,
    "e",
    { closesAt: 400_000 },
    { clock, by: "ada" },
  );
  clock.moveTo(500_000);
  const { on, waiting } = watched(engine);
  const closing = finishClose(on, announced, { clock });
  await waiting;
  clock.moveTo(501_999);
  // Whoever wakes now closes by this time.
  await setImmediate();
  clock.moveTo(502_000);
  // The trail says that it was set long before.
  expect(await closing).toMatchObject({ closesAt: 400_000, closedAt: 502_000 });
});

it("ends when all have learned of it, if somebody wrote its end late, and died", async () => {
  const engine = await openTestEngine();
  await openTestElection(engine, "e", 1);
  const clock = new SteppedClock(100_000);
  const clocks = new ClockCheck(1_000);
  const registry = passedThrough(engine.registry, {
    async replace(...change) {
      // The end, 2 s ahead, arrives after it has come; whoever wanted it hears nothing.
      clock.moveTo(105_000);
      await engine.registry.replace(...change);
      throw new VoteError("interrupted", "killed");
    },
  });
  const dying = announceClose({ ...engine, registry, clocks }, "e", { clock, by: "ada" });
  await expect(dying).rejects.toMatchObject({ code: "interrupted" });
  const late = await engine.registry.get("e");
  expect(late).toMatchObject({ closesAt: 102_000, status: "open" });
  if (late === undefined) throw new Error("it is there");
  const { on, waiting } = watched({ ...engine, clocks });
  const closing = finishClose(on, late, { clock });
  await waiting;
  // An ingest that had read the record before, whose clock is ahead, takes ballots until then.
  const closesAt = 105_000 + learnMs + 1_000;
  clock.moveTo(closesAt + 2_999);
  await setImmediate();
  expect((await engine.registry.get("e"))?.status).toBe("open");
  clock.moveTo(closesAt + 3_000);
  expect(await closing).toMatchObject({ status: "closed", closesAt, closedAt: closesAt + 3_000 });
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
  expect(await refusalOf(() => stopped)).toMatchObject({
    code: "interrupted",
    message: "Election e is not closed yet.",
  });
  await scheduleElection(engine, "e", { closesAt: 900_000 }, { clock });
  clock.moveTo(103_000);
  await expect(late).rejects.toMatchObject({ code: "election-changed" });
  await eventually("still open", async () => (await engine.registry.get("e"))?.status === "open");
  expect(await engine.log.end("e", 0)).toBe(0);
});
