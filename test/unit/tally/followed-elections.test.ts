import { describe, expect, it } from "vitest";
import { type Election, withStatus } from "../../../src/runtime/core/election.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { FollowedElections } from "../../../src/runtime/tally/followed-elections.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { eventually } from "../../helpers/temporary.js";

const hourMs = 3_600_000;

/** An election of one partition, closed at the start of the epoch, sealed and decided. */
async function finishedElection(engine: Engine, id: string): Promise<Election> {
  const closed = withStatus(await openTestElection(engine, id, 1), "closed", 0);
  await engine.registry.replace(closed);
  const bytes = [frameOf(id, 0, [ballotOf(1, 10)]), markerOf(id, 0)];
  await engine.log.append(bytes.map((frame) => ({ election: id, partition: 0, bytes: frame })));
  const tally = await startTally({ ...engine, clock: { ...systemClock, wallClock: () => 0 } });
  const isSealed = () =>
    tally.metrics().partitions.some(({ election, sealed }) => election === id && sealed);
  await eventually("the seal", isSealed);
  await tally.stop();
  return closed;
}

function followed(engine: Engine, log: Pick<Engine["log"], "end">) {
  const world = { now: 0 };
  const events: string[] = [];
  const elections = new FollowedElections({
    ...engine,
    log,
    seen: () => undefined,
    now: () => world.now,
    events: { event: (name, { election }) => events.push(`${name} ${election}`) },
    checkFinishedEveryMs: 5_000,
  });
  const ids = async () => (await elections.topics()).map(({ election }) => election);
  return { world, ids, events, elections };
}

describe("the elections that a tally follows", () => {
  it("leave out a finished one, which is checked less and less often", async () => {
    const engine = await openTestEngine();
    await finishedElection(engine, "old");
    let checks = 0;
    const end = async (election: string, partition: number) => {
      checks++;
      return engine.log.end(election, partition);
    };
    const { world, ids } = followed(engine, { end });
    expect(await ids()).toEqual(["old"]);
    const checksIn = async (fromMs: number, toMs: number, stepMs: number) => {
      const before = checks;
      for (world.now = fromMs; world.now <= toMs; world.now += stepMs) {
        expect(await ids()).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return checks - before;
    };
    const early = await checksIn(hourMs, 2 * hourMs, 60_000);
    const late = await checksIn(24 * hourMs, 25 * hourMs, 60_000);
    expect(early).toBeGreaterThan(late);
    expect(early).toBeLessThanOrEqual(10);
    expect(late).toBeLessThanOrEqual(2);
    expect(late).toBeGreaterThan(0);
  });

  it("take a finished one back while it has a late ballot", async () => {
    const engine = await openTestEngine();
    await finishedElection(engine, "late");
    const { world, ids } = followed(engine, engine.log);
    world.now = hourMs;
    expect(await ids()).toEqual([]);
    const bytes = frameOf("late", 0, [ballotOf(2, 20)]);
    await engine.log.append([{ election: "late", partition: 0, bytes }]);
    world.now = 2 * hourMs;
    await eventually("it is followed", async () => (await ids()).includes("late"));
    const tally = await startTally({
      ...engine,
      clock: { ...systemClock, wallClock: () => world.now },
    });
    const late = { election: "late", partition: 0, sequence: 1 };
    await eventually("its decision", () => engine.ledger.get(late));
    await tally.stop();
    world.now = 3 * hourMs;
    await eventually("it is left out", async () => (await ids()).length === 0);
  });

  it("include the others when one cannot be checked, or when its check never ends", async () => {
    const engine = await openTestEngine();
    await finishedElection(engine, "deleted");
    await finishedElection(engine, "hangs");
    await openTestElection(engine, "open", 1);
    const end = async (election: string) => {
      if (election === "hangs") return new Promise<number>(() => undefined);
      if (election === "open") return 0;
      throw new VoteError("log-unavailable", "This topic does not exist.");
    };
    const { world, ids, events } = followed(engine, { end });
    world.now = hourMs;
    expect(await ids()).toEqual(["open"]);
    await eventually("word of it", () => events.includes("failed deleted"));
    expect(await ids()).toEqual(["open"]);
    expect(events).toEqual(["failed deleted"]);
  });

  it("include an open one whose log is gone, which is named until it is back or over", async () => {
    const engine = await openTestEngine();
    const open = await openTestElection(engine, "open", 1);
    await openTestElection(engine, "whole", 1);
    let isGone = true;
    const end = async (election: string) => {
      if (election !== "open" || !isGone) return 0;
      throw new VoteError("corrupt-log", "This topic does not exist.");
    };
    const { world, ids, elections } = followed(engine, { end });
    const named = () => {
      try {
        elections.requireLogs();
      } catch (error) {
        return error;
      }
    };
    expect(named()).toBeUndefined();
    expect(await ids()).toEqual(["open", "whole"]);
    await eventually("word of it", named);
    expect(named()).toMatchObject({
      code: "partition-halted",
      message: expect.stringContaining("Election open, partition 0 cannot be read"),
    });
    isGone = false;
    await eventually("it to be back", async () => {
      world.now += hourMs;
      await ids();
      return named() === undefined;
    });
    isGone = true;
    await eventually("word of it", async () => {
      world.now += hourMs;
      await ids();
      return named();
    });
    await engine.registry.replace(withStatus(open, "closed", world.now));
    await ids();
    expect(named()).toBeUndefined();
  });
});
