import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { EventRing, RecentTimes } from "../../../src/runtime/telemetry/metrics.js";
import { resourcesOf } from "../../../src/runtime/telemetry/resources.js";
import { StoreChecks } from "../../../src/runtime/telemetry/store-checks.js";

describe("the durations of the last minute", () => {
  it("have quantiles, and none when there were none", () => {
    const times = new RecentTimes();
    expect(times.quantiles(0)).toBeNull();
    for (let took = 1; took <= 100; took++) times.add(took, 1_000);
    expect(times.quantiles(1_000)).toEqual({ p50: 50, p99: 99 });
  });

  it("forget what is older, and all but the newest of many", () => {
    const times = new RecentTimes();
    times.add(500, 0);
    times.add(2, 59_000);
    expect(times.quantiles(60_001)).toEqual({ p50: 2, p99: 2 });
    expect(times.quantiles(200_000)).toBeNull();
    for (let n = 0; n < 5_000; n++) times.add(n < 900 ? 1_000 : 3, 70_000);
    expect(times.quantiles(70_000)).toEqual({ p50: 3, p99: 3 });
  });
});

describe("what a process has used", () => {
  it("is its processor time and memory, and what is left on the disk of its files", async () => {
    const before = await resourcesOf(tmpdir());
    expect(before.memoryBytes).toBeGreaterThan(10_000_000);
    expect(before.diskFreeBytes).toBeGreaterThan(0);
    expect(before.diskBytes).toBeGreaterThanOrEqual(before.diskFreeBytes ?? 0);
    let now = before;
    while (now.cpuSeconds <= before.cpuSeconds) now = await resourcesOf(tmpdir());
    expect(now.cpuSeconds - before.cpuSeconds).toBeLessThan(60);
  });

  it("has no disk where no files are kept", async () => {
    const without = { diskFreeBytes: null, diskBytes: null };
    expect(await resourcesOf()).toMatchObject(without);
    expect(await resourcesOf("/nowhere/at/all")).toMatchObject(without);
  });
});

describe("the newest events", () => {
  it("are numbered, and only so many are kept", () => {
    const ring = new EventRing();
    const event = { at: 1, name: "assigned", election: "demo", partition: 0, detail: "" };
    for (let n = 0; n < 150; n++) ring.add(event);
    expect(ring.all).toHaveLength(100);
    expect(ring.all.at(0)?.number).toBe(51);
    expect(ring.all.at(-1)).toEqual({ number: 150, ...event });
  });
});

describe("the stores of a role", () => {
  const store = "Kafka";
  const parts = (ask: () => Promise<boolean>, options = {}) =>
    new StoreChecks([{ part: "log", store, ask }], options);

  it("are reachable, or not known, or say in our words why not", async () => {
    const asked = { part: "log", store, detail: "" };
    const [well] = await parts(async () => true).health();
    expect(well).toMatchObject({ ...asked, reachable: true });
    const unknown = { ...asked, reachable: null, latencyMs: null };
    expect(await parts(async () => false).health()).toEqual([unknown]);
    const ours = new VoteError("log-unavailable", "The log does not take ballots right now.");
    const failing = async (error: Error) =>
      (await parts(() => Promise.reject(error)).health())[0].detail;
    expect(await failing(ours)).toBe(ours.message);
    expect(await failing(new Error("10.0.0.7 refused"))).toBe("It does not answer.");
  });

  it("are asked once for several readers, and once at a time though one hangs", async () => {
    let asked = 0;
    let answer: (known: boolean) => void = () => {};
    const hanging = () => {
      asked++;
      return new Promise<boolean>((resolve) => {
        answer = resolve;
      });
    };
    const checks = parts(hanging, { maxAgeMs: 0, timeoutMs: 5 });
    const [[one], [other]] = await Promise.all([checks.health(), checks.health()]);
    const [third] = await checks.health();
    for (const health of [one, other, third]) expect(health.reachable).toBe(false);
    expect(one.detail).toBe("It has not answered within 5 ms.");
    expect(asked).toBe(1);
    const waiting = checks.health();
    answer(true);
    expect((await waiting)[0].reachable).toBe(true);
  });
});
