import { describe, expect, it } from "vitest";
import { truthOf } from "../../../src/runtime/bench/generator/truth.js";

describe("the truth of a freeze", () => {
  it.each([
    [20, 2],
    [8, 2],
    [300, 1],
    [2, 1],
  ])("is what the ballots of %d s with a freeze of %d s have waited", (seconds, freezeSeconds) => {
    const begins = (seconds - freezeSeconds) / 2;
    const waited = Array.from({ length: seconds * 1_000 }, (_, dueAt) => {
      const ends = begins + freezeSeconds - dueAt / 1_000;
      return ends > 0 && ends <= freezeSeconds ? ends * 1_000 : 0;
    }).sort((one, other) => one - other);
    const at = (share: number) => waited[Math.ceil(waited.length * share) - 1];
    const truth = truthOf({ votesPerSecond: 1_000, seconds, freezeSeconds, connections: 1 });
    expect(Math.abs(truth.p99 - at(0.99))).toBeLessThanOrEqual(2);
    expect(Math.abs(truth.p999 - at(0.999))).toBeLessThanOrEqual(2);
    expect(truth.max).toBe(freezeSeconds * 1_000);
  });
});
