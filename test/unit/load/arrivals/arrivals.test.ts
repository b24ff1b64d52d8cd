import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Arrivals } from "../../../../src/runtime/contracts/load/scenario-arrivals.js";
import {
  constantArrivals,
  ratesOf,
  scaled,
  scheduleOf,
  stretched,
} from "../../../../src/runtime/load/arrivals/arrivals.js";
import { RateProfile } from "../../../../src/runtime/load/arrivals/profile.js";
import { anyArrivals, anyPieces } from "./schedules.js";

const poisson = (votesPerSecond: number, seconds: number): Arrivals => ({
  ...constantArrivals(votesPerSecond, seconds),
  spacing: "poisson",
});

describe("a schedule at a constant rate", () => {
  it("has exactly what rate and time make, the first at once and the last before the end", () => {
    const schedule = scheduleOf(constantArrivals(250_000, 10), "key");
    expect(schedule.total).toBe(2_500_000);
    expect(schedule.dueBy(-1)).toBe(0);
    expect(schedule.dueBy(0)).toBe(1);
    expect(schedule.dueBy(1_000)).toBe(250_001);
    expect(schedule.dueBy(9_999.999)).toBe(2_500_000);
    expect(schedule.dueBy(60_000)).toBe(2_500_000);
    expect(schedule.timeOf(250_000)).toBeCloseTo(1_000, 6);
    expect(schedule.timeOf(2_499_999)).toBeLessThan(10_000);
  });

  it("serves a day of two billion ballots without a memory of them", () => {
    const schedule = scheduleOf(poisson(23_148, 86_400), "key");
    expect(schedule.total).toBe(1_999_987_200);
    for (const index of [0, 77_777_777, 1_999_987_199]) {
      expect(schedule.dueBy(schedule.timeOf(index))).toBe(index + 1);
    }
  });
});

describe("every schedule", () => {
  it("has a ballot due from its time on and not a moment before", () => {
    fc.assert(
      fc.property(anyArrivals, fc.string(), fc.nat(), (arrivals, key, any) => {
        const schedule = scheduleOf(arrivals, key);
        const index = any % schedule.total;
        const at = schedule.timeOf(index);
        expect(schedule.dueBy(at)).toBeGreaterThan(index);
        expect(schedule.dueBy(justBefore(at))).toBeLessThanOrEqual(index);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(schedule.durationMs);
      }),
    );
  });

  it("never takes back what is due, and has all of it due at the end", () => {
    const times = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 });
    fc.assert(
      fc.property(anyArrivals, times, (arrivals, shares) => {
        const schedule = scheduleOf(arrivals, "key");
        const due = shares
          .sort((one, other) => one - other)
          .map((share) => schedule.dueBy(share * schedule.durationMs));
        expect(due).toEqual([...due].sort((one, other) => one - other));
        expect(schedule.dueBy(schedule.durationMs)).toBe(schedule.total);
      }),
    );
  });

  it("puts later ballots at later times", () => {
    fc.assert(
      fc.property(anyArrivals, fc.nat(), (arrivals, any) => {
        const schedule = scheduleOf(arrivals, "key");
        const first = any % schedule.total;
        const count = Math.min(600, schedule.total - first);
        const times = Array.from({ length: count }, (_, k) => schedule.timeOf(first + k));
        expect(times).toEqual([...times].sort((one, other) => one - other));
      }),
    );
  });
});

describe("evenly spaced", () => {
  it("is never further than one ballot from the rate's integral", () => {
    fc.assert(
      fc.property(anyPieces, fc.double({ min: 0, max: 1, noNaN: true }), (pieces, share) => {
        const profile = new RateProfile(pieces);
        const schedule = scheduleOf({ shape: "steps", spacing: "even", pieces }, "key");
        const at = share * profile.durationMs;
        const wanted = profile.countAt(at);
        expect(Math.abs(schedule.dueBy(at) - wanted)).toBeLessThanOrEqual(1 + wanted * 1e-9);
      }),
    );
  });
});

describe("Poisson spacing", () => {
  const counts = (key: string, perSecond: number, seconds: number) => {
    const schedule = scheduleOf(poisson(perSecond, seconds), key);
    return Array.from(
      { length: seconds },
      (_, second) => schedule.dueBy((second + 1) * 1_000) - schedule.dueBy(second * 1_000),
    );
  };

  it("has counts whose variance is their mean, and gaps without a memory", () => {
    const seen = ["a", "b", "c", "d"].flatMap((key) => counts(key, 400, 1_000));
    const variance = seen.reduce((sum, count) => sum + (count - 400) ** 2, 0) / seen.length;
    // Four thousand counts: the ratio's own standard deviation is 0.022.
    expect(variance / 400).toBeGreaterThan(0.9);
    expect(variance / 400).toBeLessThan(1.1);
    const schedule = scheduleOf(poisson(1_000, 20), "gaps");
    const gaps = Array.from(
      { length: schedule.total - 1 },
      (_, k) => schedule.timeOf(k + 1) - schedule.timeOf(k),
    );
    const longer = gaps.filter((gap) => gap > 1).length / gaps.length;
    expect(longer).toBeGreaterThan(Math.exp(-1) - 0.02);
    expect(longer).toBeLessThan(Math.exp(-1) + 0.02);
  });

  it("is the same for the same key and another for another, in any order of asking", () => {
    expect(counts("a", 400, 20)).toEqual(counts("a", 400, 20));
    expect(counts("a", 400, 20)).not.toEqual(counts("b", 400, 20));
    const forwards = scheduleOf(poisson(1_000, 50), "a");
    const backwards = scheduleOf(poisson(1_000, 50), "a");
    const indexes = Array.from({ length: 500 }, (_, k) => k * 100);
    const times = indexes.map((index) => forwards.timeOf(index));
    const reversed = indexes.reverse().map((index) => backwards.timeOf(index));
    expect(reversed.reverse()).toEqual(times);
  });
});

describe("stretched and scaled", () => {
  it("keep the rates and the course", () => {
    fc.assert(
      fc.property(anyArrivals, fc.double({ min: 0.01, max: 100, noNaN: true }), (arrivals, by) => {
        const { peak, mean } = ratesOf(arrivals);
        expect(ratesOf(stretched(arrivals, by)).peak).toBe(peak);
        expect(ratesOf(stretched(arrivals, by)).mean).toBeCloseTo(mean, 4);
        expect(ratesOf(scaled(arrivals, by)).peak / by / peak).toBeCloseTo(1, 9);
      }),
    );
  });
});

/** The next smaller number. */
function justBefore(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array([0n]);
  const view = new Float64Array(bits.buffer);
  view[0] = value;
  bits[0] -= 1n;
  return view[0];
}
