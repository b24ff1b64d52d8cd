import { describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { recordDispute } from "../../../src/runtime/recount/certifier/record-dispute.js";
import { Mismatch } from "../../../src/runtime/recount/findings/mismatch.js";
import { systemChance } from "../../../src/runtime/time/chance.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { SkippingClock } from "../../helpers/test-clock.js";

const mismatch = (partition: number) =>
  new Mismatch("planted", { finding: "live-count", place: { partition, sequence: 3 }, hint: "" });

async function world() {
  const { registry } = await openTestEngine();
  const failures: unknown[] = [];
  const clock = new SkippingClock(1_000);
  const notStored = (error: unknown) => failures.push(error);
  const { signal } = new AbortController();
  return { registry, clock, chance: systemChance, signal, notStored, failures };
}

describe("a dispute", () => {
  const demo = { id: "demo", revision: 4 };

  it("that is found again keeps its time, and another one has its own", async () => {
    const { failures, ...where } = await world();
    const { registry, clock } = where;
    await recordDispute(demo, mismatch(1), where);
    const first = await registry.getDispute("demo");
    expect(first).toMatchObject({ at: 1_000, revision: 4, partition: 1, segment: 3 });
    await clock.sleep(500);
    await recordDispute(demo, mismatch(1), where);
    expect(await registry.getDispute("demo")).toEqual(first);
    await recordDispute(demo, mismatch(0), where);
    expect(await registry.getDispute("demo")).toMatchObject({ at: 1_500, partition: 0 });
    await clock.sleep(500);
    await recordDispute({ ...demo, revision: 5 }, mismatch(0), where);
    expect(await registry.getDispute("demo")).toMatchObject({ at: 2_000, revision: 5 });
    await clock.sleep(500);
    await recordDispute({ ...demo, revision: 5 }, new VoteError("corrupt-log", "lost"), where);
    expect(await registry.getDispute("demo")).toMatchObject({ at: 2_500, finding: "corrupt-log" });
    expect(failures).toEqual([]);
  });

  it("that the registry never takes is given up at the fifth failure, with why", async () => {
    const { failures, ...where } = await world();
    const { clock } = where;
    const attemptsAt: number[] = [];
    const planted = new VoteError("ledger-unavailable", "planted");
    const registry = passedThrough(where.registry, {
      putDispute() {
        attemptsAt.push(clock.now());
        return Promise.reject(planted);
      },
    });
    await recordDispute(demo, mismatch(1), { ...where, registry });
    expect(attemptsAt).toHaveLength(5);
    expect(new Set(attemptsAt).size).toBe(5);
    // It does not pause once more before it gives up.
    expect(clock.now()).toBe(attemptsAt[4]);
    expect(failures).toEqual([planted]);
  });

  it("is written anew where the stored one cannot be read", async () => {
    const { failures, ...where } = await world();
    const registry = passedThrough(where.registry, {
      getDispute: () => Promise.reject(new VoteError("corrupt-registry", "planted")),
    });
    await recordDispute(demo, mismatch(1), { ...where, registry });
    expect(await where.registry.getDispute("demo")).toMatchObject({ partition: 1 });
    expect(failures).toEqual([]);
  });
});
