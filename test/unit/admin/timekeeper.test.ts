import { describe, expect, it } from "vitest";
import { startTimekeeper } from "../../../src/runtime/admin/timekeeper.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { eventually, temporaryDirectory } from "../../helpers/temporary.js";

const draft = {
  id: "show",
  title: "Show",
  candidates: [{ id: "a", name: "A" }],
  partitions: 3,
};

/** The time is the test's own: what is due does not depend on how fast the machine is. */
async function scene(keepers: number) {
  const dataDir = await temporaryDirectory();
  const clock = { now: 1_000 };
  const engines = await Promise.all(Array.from({ length: keepers }, () => openTestEngine(dataDir)));
  const done: string[] = [];
  const troubles: unknown[] = [];
  const running = engines.map((engine) =>
    startTimekeeper({
      admin: localAdmin(engine, () => clock.now),
      now: () => clock.now,
      everyMs: 5,
      onDone: (what, election) => done.push(`${what} ${election}`),
      onTrouble: (_election, error) => troubles.push(error),
    }),
  );
  const admin = localAdmin(engines[0], () => clock.now);
  const stop = () => Promise.all(running.map((keeper) => keeper.stop()));
  return { clock, admin, engine: engines[0], done, troubles, stop };
}

describe("the timekeeper", () => {
  it("opens and closes at the set times, exactly once, however many there are", async () => {
    const { clock, admin, engine, done, troubles, stop } = await scene(4);
    await admin.create({ ...draft, opensAt: 2_000, closesAt: 3_000 }, "ada");
    clock.now = 1_999;
    await admin.create({ ...draft, id: "probe", opensAt: 1_999 }, "ada");
    await eventually("probe is open", async () => (await admin.show("probe")).status === "open");
    expect((await admin.show("show")).status).toBe("draft");
    clock.now = 2_000;
    await eventually("open", async () => (await admin.show("show")).status === "open");
    clock.now = 3_000;
    await eventually("closed", async () => (await admin.show("show")).status === "closed");
    await eventually("each has a marker", async () => {
      const ends = await Promise.all([0, 1, 2].map((at) => engine.log.read("show", at, 0, 1_000)));
      return ends.every((records) => records.length > 0);
    });
    await stop();
    expect(troubles).toEqual([]);
    expect(done.sort()).toEqual(["closed show", "opened probe", "opened show"]);
    expect((await admin.trail("show")).changes.map(({ by, at }) => ({ by, at }))).toEqual([
      { by: "ada", at: 1_000 },
      { by: "schedule", at: 2_000 },
      { by: "schedule", at: 3_000 },
    ]);
  });

  it("leaves to people what has no time, and what they did before", async () => {
    const { clock, admin, done, stop } = await scene(1);
    await admin.create(draft, "ada");
    await admin.create({ ...draft, id: "early", opensAt: 5_000, closesAt: 6_000 }, "ada");
    await admin.open("early", "bob");
    await admin.close("early", "bob");
    clock.now = 9_000;
    await admin.create({ ...draft, id: "probe", opensAt: 9_000 }, "ada");
    await eventually("probe is open", () => done.includes("opened probe"));
    await stop();
    expect(done).toEqual(["opened probe"]);
    expect((await admin.show("show")).status).toBe("draft");
    expect((await admin.trail("early")).changes.map(({ by }) => by)).toEqual(["ada", "bob", "bob"]);
  });

  it("finishes a close that somebody began: the status without the markers", async () => {
    const { clock, admin, engine, stop } = await scene(2);
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
    await expect(localAdmin(broken, () => clock.now).close("show", "ada")).rejects.toMatchObject({
      code: "log-unavailable",
    });
    expect(await engine.log.read("show", 0, 0, 1_000)).toEqual([]);
    clock.now += 10_000;
    await eventually("the markers", async () => {
      const ends = await Promise.all([0, 1, 2].map((at) => engine.log.read("show", at, 0, 1_000)));
      return ends.every((records) => records.length > 0);
    });
    await stop();
    expect((await admin.trail("show")).changes.map(({ by }) => by)).toEqual(["ada", "ada", "ada"]);
  });
});
