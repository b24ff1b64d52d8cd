import { describe, expect, it } from "vitest";
import { benchDedup } from "../../../src/runtime/bench/dedup.js";

describe("the dedup benchmark", () => {
  it("gives one row for each size, with what the table really holds", () => {
    const rows = benchDedup({ voters: [1_000, 120_001] });
    expect(rows.map((row) => row.voters)).toEqual([1_000, 120_001]);
    for (const row of rows) {
      expect(Number.isFinite(row.addsPerSecond)).toBe(true);
      expect(Number.isFinite(row.findsPerSecond)).toBe(true);
      expect(row.longestGrowthMs).toBeGreaterThan(0);
      // A ballot id and two words of the tag cannot be held in less.
      expect(row.bytesPerVoter).toBeGreaterThanOrEqual(24);
      expect(row.maxBytesPerVoter).toBeLessThanOrEqual(Math.max(32, row.bytesPerVoter));
    }
    expect(rows[1].bytesPerVoter).toBeLessThanOrEqual(32);
  });
});
