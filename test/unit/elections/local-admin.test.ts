import { expect, it } from "vitest";
import { localAdmin, scheduleAdmin } from "../../../src/runtime/elections/local-admin.js";
import { untilFollowed } from "../../../src/runtime/elections/scenario-election.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { testKey } from "../../helpers/data/test-keys.js";
import { refusalOf } from "../../helpers/refusal.js";
import { SkippingClock } from "../../helpers/test-clock.js";

const request = {
  id: "e",
  title: "E",
  candidates: [{ id: "a", name: "A" }],
  partitions: 1,
};

it("an admin's changes are in the trail, by whom and when, draft to close", async () => {
  const engine = await openTestEngine();
  const clock = new SkippingClock(100_000);
  const admin = localAdmin(engine, clock);
  const drafted = await admin.create(request, "ada");
  expect(drafted).toMatchObject({ status: "draft", createdAt: 100_000 });
  expect(await admin.list()).toEqual([drafted]);
  expect(await admin.show("e")).toEqual(drafted);
  await admin.open("e", "bob");
  const { publicKey } = testKey(3);
  expect((await admin.trust("e", { publicKey, use: "frames" }, "cyd")).signers.at(-1)).toEqual(
    expect.objectContaining({ publicKey, use: "frames", addedAt: 100_000 }),
  );
  expect(await admin.schedule("e", { closesAt: 500_000 }, "dee")).toMatchObject({
    closesAt: 500_000,
  });
  const announced = await admin.close("e", "eve");
  expect(announced).toMatchObject({ status: "open", closesAt: 101_000 });
  expect(await engine.log.end("e", 0)).toBe(0);
  const closed = await admin.untilClosed(announced, "eve");
  expect(closed).toMatchObject({ status: "closed", closedAt: 103_000 });
  expect(await engine.log.end("e", 0)).toBe(1);
  // Over already, and not sealed: it gets its markers again, and no further change.
  expect(await admin.close("e", "fay")).toEqual(closed);
  expect(await engine.log.end("e", 0)).toBe(2);
  const { changes } = await admin.trail("e");
  expect(changes.map(({ by, at }) => [by, new Date(at).getTime()])).toEqual([
    ["ada", 100_000],
    ["bob", 100_000],
    ["cyd", 100_000],
    ["dee", 100_000],
    ["eve", 100_000],
    ["eve", 103_000],
  ]);
  expect(await refusalOf(() => admin.trail("f"))).toMatchObject({ code: "unknown-election" });
  const place = { partition: 0, position: 0, reason: "a bad disk" };
  expect(await refusalOf(() => admin.voidRecord("e", place, "gil"))).toMatchObject({
    code: "not-voidable",
  });
});

it("a timekeeper opens an election as it was read, and closes it", async () => {
  const engine = await openTestEngine();
  const clock = new SkippingClock(100_000);
  const admin = localAdmin(engine, clock);
  const keeper = scheduleAdmin(engine, clock);
  const { revision } = await admin.create({ ...request, closesAt: 200_000 }, "ada");
  expect(await keeper.list()).toHaveLength(1);
  const changed = keeper.open("e", "schedule", revision + 1);
  expect(await refusalOf(() => changed)).toMatchObject({ code: "election-changed" });
  const open = await keeper.open("e", "schedule", revision);
  expect(open).toMatchObject({ status: "open", openedAt: 100_000 });
  const { signal } = new AbortController();
  const closed = await keeper.finishClose(open, "schedule", signal, 100_000);
  expect(closed).toMatchObject({ status: "closed", closedAt: 202_000 });
  const { changes } = await engine.registry.history("e");
  expect(changes.at(-1)).toMatchObject({ by: "schedule", at: 202_000 });
});

it("an election is followed once every partition has its tally", async () => {
  const engine = await openTestEngine();
  const admin = localAdmin(engine, new SkippingClock(1));
  const election = await admin.create({ ...request, partitions: 2 }, "ada");
  const figures = { sequence: 0, position: 0, counts: [0], rejections: [], retriesAbsorbed: 0 };
  const follow = (partition: number) =>
    engine.view.set("e", { ...figures, partition, sealed: false });
  await follow(0);
  let isFollowed = false;
  const following = untilFollowed(engine, election).then(() => {
    isFollowed = true;
  });
  for (let look = 0; look < 5; look++) await engine.view.get("e");
  expect(isFollowed).toBe(false);
  await follow(1);
  await following;
});
