import { expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { announced } from "../../../src/runtime/recount/announced.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { breakable, served } from "../../helpers/live/live-serve.js";

it("a recount is announced while it runs, and not after it, also if it fails", async () => {
  const { view } = await served();
  const recounting = async () => (await view.get("demo")).recountingAt;
  const clock = { ...systemClock, wallClock: () => 5_000 };
  const run = announced({ view, election: "demo", clock }, async () => {
    await expect.poll(recounting).toBe(5_000);
    throw new VoteError("recount-mismatch", "planted");
  });
  await expect(run).rejects.toMatchObject({ code: "recount-mismatch" });
  expect(await recounting()).toBe(0);
});

it("a recount does not need the view", async () => {
  const { view } = breakable((await served()).view);
  const setRecounting = () => Promise.reject(new VoteError("view-unavailable", "planted"));
  const work = async () => 7;
  expect(await announced({ view: { ...view, setRecounting }, election: "demo" }, work)).toBe(7);
});
