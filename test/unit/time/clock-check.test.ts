import { describe, expect, it } from "vitest";
import { ClockCheck } from "../../../src/runtime/time/clock-check.js";

/** An answer that took `tookMs`, of a store whose clock counts whole seconds. */
function asked(clocks: ClockCheck, storeAt: number, aheadMs: number, tookMs = 10): void {
  const from = Math.floor((storeAt + tookMs / 2) / 1_000) * 1_000;
  const askedAt = storeAt + aheadMs;
  clocks.learn({ askedAt, answeredAt: askedAt + tookMs, from, to: from + 1_000 });
}

const isRight = (clocks: ClockCheck) => {
  try {
    clocks.requireRight();
    return true;
  } catch {
    return false;
  }
};

describe("the clock check", () => {
  it("knows nothing before the first answer, and believes the clock", () => {
    const clocks = new ClockCheck(1_000);
    expect(clocks.errorMs).toBeNull();
    expect(isRight(clocks)).toBe(true);
  });

  it.each([
    [3_600_000, false],
    [-3_600_000, false],
    [700, false],
    [-700, false],
    [300, true],
    [-300, true],
    [0, true],
  ])("sees an error of %i ms in answers that count seconds", (aheadMs, right) => {
    const clocks = new ClockCheck(1_000);
    // Asked each 230 ms, the seconds begin at other moments each time.
    for (let at = 50_000; at < 55_000; at += 230) asked(clocks, at, aheadMs);
    expect(isRight(clocks)).toBe(right);
    const errorMs = clocks.errorMs ?? Number.NaN;
    expect(Math.sign(errorMs)).toBe(Math.sign(Math.round(aheadMs / 1_000)) || Math.sign(errorMs));
    // It says the least that is certain: never more than the truth.
    expect(Math.abs(errorMs)).toBeLessThanOrEqual(Math.abs(aheadMs));
    expect(Math.abs(errorMs)).toBeGreaterThan(Math.abs(aheadMs) - 300);
  });

  it("never takes a slow answer for a wrong clock", () => {
    const clocks = new ClockCheck(1_000);
    for (let at = 50_000; at < 90_000; at += 3_100) asked(clocks, at, 0, 3_000);
    expect(clocks.errorMs).toBe(0);
  });

  it("believes the clock again once it has been set, and not before", () => {
    const clocks = new ClockCheck(1_000);
    for (let at = 50_000; at < 55_000; at += 230) asked(clocks, at, 5_000);
    expect(() => clocks.requireRight()).toThrow(/at least 4\.\d s ahead of the registry's/);
    for (let at = 55_000; at < 60_000; at += 230) asked(clocks, at, 0);
    expect(clocks.errorMs).toBe(0);
    for (let at = 60_000; at < 65_000; at += 230) asked(clocks, at, -5_000);
    expect(() => clocks.requireRight()).toThrow(/at least 4\.\d s behind the registry's/);
  });

  it("follows a clock that drifts", () => {
    const clocks = new ClockCheck(1_000);
    for (let at = 0; at < 600_000; at += 470) asked(clocks, 1e9 + at, at / 100_000);
    expect(isRight(clocks)).toBe(true);
    for (let at = 0; at < 600_000; at += 470) asked(clocks, 2e9 + at, at / 300);
    expect(isRight(clocks)).toBe(false);
  });

  it.each([5_000, -5_000, 700, -700])("notices at once that the clock was set by %i ms", (byMs) => {
    let aheadMs = 0;
    let at = 50_000;
    const clocks = new ClockCheck(1_000, { now: () => at, wallClock: () => at + aheadMs });
    for (; at < 55_000; at += 230) asked(clocks, at, 0);
    expect(isRight(clocks)).toBe(true);
    aheadMs = byMs;
    expect(isRight(clocks)).toBe(false);
    expect(Math.abs((clocks.errorMs ?? 0) - byMs)).toBeLessThan(300);
    aheadMs = 0;
    expect(isRight(clocks)).toBe(true);
  });

  it("learns nothing from an answer during which the clock was set back", () => {
    const clocks = new ClockCheck(1_000);
    clocks.learn({ askedAt: 50_000, answeredAt: 45_000, from: 50_000, to: 51_000 });
    expect(clocks.errorMs).toBeNull();
  });
});
