import { describe, expect, it } from "vitest";
import { LogLag } from "../../../src/runtime/serve/results/log-lag.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { listen, served } from "../../helpers/live/live-serve.js";
import { eventually } from "../../helpers/temporary.js";

/** A log whose ends can be set, or be out of reach, and a clock that can be. */
function scene() {
  const world = { ends: [0, 0], now: 1_000_000, broken: false };
  const logEnds = {
    async end(_election: string, partition: number) {
      if (world.broken) throw new Error("no log");
      return world.ends[partition];
    },
  };
  const lag = new LogLag({ election: "demo", logEnds, now: () => world.now });
  const at = async (seconds: number) => {
    world.now = 1_000_000 + seconds * 1_000;
    await lag.sample(2);
  };
  const behind = (...positions: number[]) =>
    lag.behind(positions.map((position, partition) => ({ partition, position })));
  return { world, lag, at, behind };
}

describe("LogLag", () => {
  it("says nothing while the figures follow, however fast the log grows", async () => {
    const { world, at, behind } = scene();
    for (let second = 0; second < 60; second += 2) {
      const before = [...world.ends];
      world.ends = world.ends.map((end) => end + 1_000);
      await at(second);
      expect(behind(...before)).toBe(undefined);
    }
  });

  it("says how much is missing, and since when", async () => {
    const { world, at, behind } = scene();
    world.ends = [10, 10];
    await at(0);
    world.ends = [20, 10];
    await at(2);
    world.ends = [30, 15];
    await at(4);
    expect(behind(10, 10)).toBe(undefined);
    await at(6);
    expect(behind(10, 10)).toEqual({ records: 25, partitions: 2, since: 1_002_000 });
    expect(behind(20, 10)).toBe(undefined);
    await at(8);
    expect(behind(20, 10)).toEqual({ records: 15, partitions: 2, since: 1_004_000 });
    expect(behind(30, 15)).toBe(undefined);
  });

  it("takes a partition that the view does not have for one not begun", async () => {
    const { world, at, behind } = scene();
    world.ends = [0, 3];
    await at(0);
    await at(4);
    expect(behind()).toEqual({ records: 3, partitions: 1, since: 1_000_000 });
  });

  it("keeps what it knows while the log is away", async () => {
    const { world, at, behind } = scene();
    world.ends = [5, 5];
    await at(0);
    world.broken = true;
    await at(60);
    expect(behind(5, 4)).toEqual({ records: 1, partitions: 1, since: 1_000_000 });
    expect(behind(5, 5)).toBe(undefined);
  });

  it("asks seldom, and forgets the middle of a long time", async () => {
    const { world, lag, at, behind } = scene();
    world.ends = [1, 0];
    await at(0);
    world.ends = [2, 0];
    await at(1);
    world.now += 3_000;
    expect(behind(0, 0)).toMatchObject({ records: 1 });
    for (let second = 10; second < 2_000; second += 2) await at(second);
    expect(lag.behind([])).toEqual({ records: 2, partitions: 1, since: 1_000_000 });
  });
});

describe("a result", () => {
  it("says when nobody counts, and no more when somebody does", async () => {
    const clock = { ahead: 0 };
    const { log } = await openTestEngine();
    const now = () => Date.now() + clock.ahead;
    const { view, serve, result } = await served({ logEnds: log, now, tickMs: 10 });
    const bytes = Buffer.from("a frame");
    for (let frame = 0; frame < 43; frame++) {
      await log.append([{ election: "demo", partition: 0, bytes }]);
    }
    const stream = await listen(serve.url);
    const behindNow = async () => {
      clock.ahead += 1_000;
      return ((await (await fetch(result)).json()) as { behind?: object }).behind;
    };
    // Partition 0 stands at 40 in the figures.
    const behind = await eventually("behind", behindNow);
    expect(behind).toEqual({ records: 3, partitions: 1, since: expect.any(Number) });
    await eventually("the event", () => stream.text.includes('"behind":{"records":3'));
    const { partitions } = await view.get("demo");
    await view.set("demo", { ...partitions[0], sequence: 4, position: 43 });
    await eventually("no more", async () => (await behindNow()) === undefined);
    await eventually("the event", () => stream.text.includes('"behind":null'));
  });
});
