import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantSchedule, sendable } from "../../../src/runtime/load/schedule.js";

const rate = fc.double({ min: 0.5, max: 1e6, noNaN: true });
const seconds = fc.double({ min: 0.1, max: 100, noNaN: true });

describe("constantSchedule", () => {
  it("has exactly what rate and time make, the first at once and the last before the end", () => {
    const schedule = constantSchedule(250_000, 10);
    expect(schedule.total).toBe(2_500_000);
    expect(schedule.dueBy(0)).toBe(1);
    expect(schedule.dueBy(1_000)).toBe(250_001);
    expect(schedule.dueBy(9_999.999)).toBe(2_500_000);
    expect(schedule.dueBy(60_000)).toBe(2_500_000);
    expect(schedule.timeOf(250_000)).toBeCloseTo(1_000, 6);
    expect(schedule.timeOf(2_499_999)).toBeLessThan(10_000);
  });

  it("agrees with itself: a ballot is due once its time has come, and not before", () => {
    fc.assert(
      fc.property(rate, seconds, fc.nat(), (perSecond, duration, any) => {
        const schedule = constantSchedule(perSecond, duration);
        const index = any % schedule.total;
        const at = schedule.timeOf(index);
        // Half a gap on either side: floating point may round at the very moment.
        const gap = 1_000 / perSecond;
        expect(schedule.dueBy(at + gap / 2)).toBe(Math.min(schedule.total, index + 1));
        expect(schedule.dueBy(at - gap / 2)).toBe(index);
      }),
    );
  });
});

describe("sendable", () => {
  const bounds = { maxChunk: 1_000, maxUnderWay: 5_000 };

  it("is what is due, at most a chunk, at most the room that is left", () => {
    expect(sendable(700, 200, 0, bounds)).toBe(500);
    expect(sendable(9_000, 200, 0, bounds)).toBe(1_000);
    expect(sendable(9_000, 200, 4_900, bounds)).toBe(100);
    expect(sendable(9_000, 200, 5_000, bounds)).toBe(0);
    expect(sendable(9_000, 200, 6_000, bounds)).toBe(0);
    expect(sendable(200, 200, 0, bounds)).toBe(0);
  });
});
