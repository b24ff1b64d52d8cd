import { expect, it, onTestFinished } from "vitest";
import { drawSigningKey } from "../../../../../src/runtime/keys/signing.js";
import type { Schedule } from "../../../../../src/runtime/load/arrivals/schedule.js";
import { Account } from "../../../../../src/runtime/load/measure/account.js";
import { VisibleWatch } from "../../../../../src/runtime/load/measure/visible-watch.js";
import { BallotPlan } from "../../../../../src/runtime/load/plan/ballot-plan.js";
import { LogSender } from "../../../../../src/runtime/load/send/log/log-sender.js";
import { eventually } from "../../../../helpers/temporary.js";
import { partitions, startLoadBench, withAppend } from "../../support.js";

const total = 20_000;
/** A ballot a millisecond. */
const schedule: Schedule = {
  total,
  durationMs: total,
  dueBy: (elapsedMs) => Math.min(total, Math.floor(elapsedMs) + 1),
  timeOf: (index) => index,
};

type Hours = { takes: "yes" | "no" | "unsure"; acknowledges: boolean };

/** A sender into a real log that answers when the test lets it. */
async function site(hours: Hours = { takes: "yes", acknowledges: true }) {
  const bench = await startLoadBench();
  onTestFinished(() => bench.stop());
  const gates: (() => void)[] = [];
  const { log, view } = withAppend(bench.engine, async (frames) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return bench.engine.log.append(frames);
  });
  let time = 0;
  const elapsed = () => time;
  const weights = [5, 3, 2];
  const shares = { secondVoteShare: 0, retryShare: 0, minLag: 1_000, lagSpread: 1_000 };
  const account = new Account(
    new BallotPlan({ seed: 5, stream: "main", total, weights, ...shares }),
  );
  const visible = new VisibleWatch({
    view,
    election: "lunch",
    partitions,
    now: elapsed,
    onVisible: () => undefined,
  });
  const sender = new LogSender(
    {
      account,
      schedule,
      visible,
      elapsed,
      acknowledged: () => undefined,
      wallClock: () => Date.now(),
      sleep: async () => undefined,
      giveUpAfterMs: 1_000,
    },
    {
      log,
      election: "lunch",
      instance: Buffer.alloc(16),
      partitions,
      hours,
      producerId: Buffer.alloc(16, 1),
      framesKey: drawSigningKey(),
      maxUnderWay: total,
    },
  );
  const pumpAt = (ms: number) => {
    time = ms;
    sender.pump(schedule.dueBy(ms));
    return account.sent;
  };
  return { account, sender, gates, pumpAt };
}

it("sends at once while the log answers, and gathers while it owes answers", async () => {
  const { account, sender, gates, pumpAt } = await site();
  expect(pumpAt(9)).toBe(10);
  expect(pumpAt(19)).toBe(20);
  // Two appends are unanswered: what is due waits for company, but not for long.
  expect(pumpAt(29)).toBe(20);
  expect(pumpAt(44)).toBe(20);
  expect(pumpAt(45)).toBe(46);
  expect(pumpAt(55)).toBe(46);
  await eventually("the appends", () => gates.length === 3);
  for (const open of gates.splice(0)) open();
  await eventually("the answers", () => account.acknowledged === 46);
  expect(pumpAt(56)).toBe(57);
  await eventually("the last append", () => gates.length === 1);
  for (const open of gates.splice(0)) open();
  await sender.settled();
  expect(account.acknowledged).toBe(account.sent);
});

it("refuses what is due after the end, and sends nothing while it is not sure", async () => {
  const hours: Hours = { takes: "unsure", acknowledges: true };
  const { account, gates, pumpAt } = await site(hours);
  expect(pumpAt(100)).toBe(0);
  hours.takes = "no";
  pumpAt(200);
  expect(account).toMatchObject({ sent: 201, refused: 201, acknowledged: 0, retriesSent: 0 });
  expect([...account.refusals]).toEqual([["election-closed", 201]]);
  expect(gates).toHaveLength(0);
});

it("leaves the outcome open of what is durable too late", async () => {
  const hours: Hours = { takes: "yes", acknowledges: true };
  const { account, sender, gates, pumpAt } = await site(hours);
  pumpAt(100);
  await eventually("the append is under way", () => gates.length === 1);
  hours.acknowledges = false;
  gates[0]();
  await sender.settled();
  expect(account).toMatchObject({ sent: 101, acknowledged: 0, unknown: 101 });
});
