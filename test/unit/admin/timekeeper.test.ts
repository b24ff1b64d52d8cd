import { describe, expect, it } from "vitest";
import { startTimekeeper } from "../../../src/runtime/admin/timekeeper.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { localAdmin, scheduleAdmin } from "../../../src/runtime/elections/local-admin.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";
import { SteppedClock } from "../../helpers/test-clock.js";

const draft = {
  id: "show",
  title: "Show",
  candidates: [{ id: "a", name: "A" }],
  partitions: 3,
};

/** The time is the test's own: what is due does not depend on how fast the machine is. */
async function scene(keepers: number, through: (engine: Engine) => Engine = (engine) => engine) {
  const dataDir = await temporaryDirectory();
  const clock = new SteppedClock(1_000);
  const engines = await Promise.all(Array.from({ length: keepers }, () => openTestEngine(dataDir)));
  const done: string[] = [];
  const troubles: unknown[] = [];
  let rounds = 0;
  const running = engines.map((engine) => {
    const kept = scheduleAdmin(through(engine), clock);
    return startTimekeeper({
      admin: {
        ...kept,
        list: () => {
          rounds++;
          return kept.list();
        },
      },
      clocks: through(engine).clocks,
      clock: { ...systemClock, wallClock: () => clock.wallClock() },
      everyMs: 5,
      onDone: (what, election) => done.push(`${what} ${election}`),
      onTrouble: (_election, error) => troubles.push(error),
    });
  });
  const admin = localAdmin(engines[0], clock);
  const stop = () => Promise.all(running.map((keeper) => keeper.stop()));
  const is = (id: string, status: string) =>
    eventually(`${id} is ${status}`, async () => (await admin.show(id)).status === status);
  /** Every timekeeper has looked at the elections since. */
  const looked = async () => {
    const from = rounds;
    await eventually("each has looked twice", () => rounds > from + 2 * keepers);
  };
  const markers = (id: string) =>
    eventually(`${id} has its markers`, async () => {
      const ends = await Promise.all([0, 1, 2].map((at) => engines[0].log.read(id, at, 0, 1_000)));
      return ends.every((records) => records.length > 0);
    });
  return { clock, admin, engine: engines[0], done, troubles, stop, is, looked, markers };
}

describe("the timekeeper", () => {
  it("opens and closes at the set times, exactly once, however many there are", async () => {
    const { clock, admin, engine, done, troubles, stop, is, looked, markers } = await scene(4);
    await admin.create({ ...draft, opensAt: 2_000, closesAt: 30_000 }, "ada");
    clock.moveTo(1_999);
    await looked();
    expect((await admin.show("show")).status).toBe("draft");
    clock.moveTo(2_000);
    await is("show", "open");
    clock.moveTo(30_000);
    await looked();
    // Ballots that came in before the end are still acknowledged, so no marker is there yet.
    clock.moveTo(31_999);
    await looked();
    expect((await admin.show("show")).status).toBe("open");
    expect(await engine.log.end("show", 0)).toBe(0);
    clock.moveTo(32_000);
    await is("show", "closed");
    await markers("show");
    await stop();
    expect(troubles).toEqual([]);
    expect(done.sort()).toEqual(["closed show", "opened show"]);
    expect((await admin.trail("show")).changes.map(({ by, at }) => ({ by, at }))).toEqual([
      { by: "ada", at: 1_000 },
      { by: "schedule", at: 2_000 },
      { by: "schedule", at: 32_000 },
    ]);
  });

  it("lets an extension win until the markers are out", async () => {
    const { clock, admin, engine, troubles, stop, is, looked } = await scene(3);
    await admin.create({ ...draft, closesAt: 30_000 }, "ada");
    await admin.open("show", "ada");
    clock.moveTo(30_000);
    // All of them have listed the election and begun to close it.
    await looked();
    await admin.schedule("show", { closesAt: 60_000 }, "bob");
    clock.moveTo(50_000);
    await looked();
    expect(await admin.show("show")).toMatchObject({ status: "open", closesAt: 60_000 });
    expect(await engine.log.end("show", 0)).toBe(0);
    clock.moveTo(60_000);
    await looked();
    clock.moveTo(62_000);
    await is("show", "closed");
    await stop();
    expect(troubles).toEqual([]);
    expect((await admin.trail("show")).changes.map(({ by }) => by)).toEqual([
      ...["ada", "ada", "bob", "schedule"],
    ]);
  });

  it("leaves to people what has no time, and finishes what they began", async () => {
    const { clock, admin, done, stop, is, looked, markers } = await scene(1);
    await admin.create(draft, "ada");
    await admin.create({ ...draft, id: "early", opensAt: 50_000, closesAt: 60_000 }, "ada");
    await admin.open("early", "bob");
    expect(await admin.close("early", "bob")).toMatchObject({ status: "open", closesAt: 2_000 });
    await looked();
    clock.moveTo(2_000);
    await looked();
    clock.moveTo(4_000);
    await is("early", "closed");
    await markers("early");
    await stop();
    expect(done).toEqual(["closed early"]);
    expect((await admin.show("show")).status).toBe("draft");
    expect((await admin.trail("early")).changes.map(({ by }) => by)).toEqual([
      ...["ada", "bob", "bob", "schedule"],
    ]);
  });

  it("closes the others while one of them hangs", async () => {
    const hangs = new Promise<number[]>(() => undefined);
    const { clock, admin, is, looked } = await scene(1, (engine) => ({
      ...engine,
      log: passedThrough(engine.log, {
        append: (frames) => (frames[0].election === "a-slow" ? hangs : engine.log.append(frames)),
      }),
    }));
    for (const id of ["a-slow", "quick"]) {
      await admin.create({ ...draft, id, closesAt: 30_000 }, "ada");
      await admin.open(id, "ada");
    }
    clock.moveTo(30_000);
    await looked();
    clock.moveTo(32_000);
    await is("a-slow", "closed");
    await is("quick", "closed");
    await admin.create({ ...draft, id: "later", opensAt: 32_000 }, "ada");
    await is("later", "open");
  });

  it("does nothing by a clock that is an hour fast, and says so", async () => {
    // It takes the rest of the cluster to be an hour behind.
    const clocks = new ClockCheck(1_000);
    clocks.learn({ askedAt: 3_600_000, answeredAt: 3_600_010, from: 0, to: 1_000 });
    const { clock, admin, engine, done, troubles, stop, looked } = await scene(1, (one) => ({
      ...one,
      clocks,
    }));
    await admin.create({ ...draft, closesAt: 30_000 }, "ada");
    await admin.create({ ...draft, id: "later", opensAt: 30_000 }, "ada");
    await admin.open("show", "ada");
    clock.moveTo(3_630_000);
    await looked();
    clock.moveTo(3_660_000);
    await looked();
    await stop();
    expect(done).toEqual([]);
    expect(troubles[0]).toMatchObject({ code: "clock-error" });
    expect((await admin.show("show")).status).toBe("open");
    expect((await admin.show("later")).status).toBe("draft");
    // Nor do people by such a clock.
    const wrong = localAdmin({ ...engine, clocks }, clock);
    for (const attempt of [
      () => wrong.close("show", "ada"),
      () => wrong.open("later", "ada"),
      () => wrong.schedule("show", { closesAt: 9_000_000 }, "ada"),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "clock-error" });
    }
  });

  it("finishes a close that somebody began: the status without the markers", async () => {
    const { clock, admin, engine, stop, looked, markers } = await scene(2);
    await admin.create(draft, "ada");
    await admin.open("show", "ada");
    const broken = {
      ...engine,
      log: {
        ...engine.log,
        append: async () => {
          throw new VoteError("log-unavailable", "The log is away.");
        },
      },
    };
    const announced = await admin.close("show", "ada");
    const closing = localAdmin(broken, clock).untilClosed(announced, "ada");
    closing.catch(() => undefined);
    // The timekeepers have not begun: it is not due yet for them.
    clock.moveTo(1_999);
    await looked();
    clock.moveTo(4_000);
    await expect(closing).rejects.toMatchObject({ code: "log-unavailable" });
    expect(await engine.log.read("show", 0, 0, 1_000)).toEqual([]);
    clock.moveTo(4_000 + 10_000);
    await markers("show");
    await stop();
    expect((await admin.trail("show")).changes.map(({ by }) => by)).toEqual([
      "ada",
      "ada",
      "ada",
      "ada",
    ]);
  });
});
