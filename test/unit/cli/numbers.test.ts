import { describe, expect, it } from "vitest";
import { parseWhole, wholeWithin } from "../../../src/cli/flags/numbers.js";

describe("a number as people write it", () => {
  it.each([
    ["0", 0],
    ["250000", 250_000],
    ["250_000", 250_000],
    ["250,000", 250_000],
    ["250k", 250_000],
    ["250K", 250_000],
    ["1.5M", 1_500_000],
    ["1.1m", 1_100_000],
    ["300M", 300_000_000],
    ["2B", 2_000_000_000],
    ["1,234.5k", 1_234_500],
  ])("%s", (text, value) => {
    expect(parseWhole(text)).toBe(value);
  });

  it.each([
    "",
    "k",
    "1.5",
    "1.2345k",
    "25_00",
    "1,23",
    "-1",
    "+1",
    "1e6",
    "0x10",
    "1 k",
    "99999999B",
  ])("not %j", (text) => {
    expect(parseWhole(text)).toBeUndefined();
  });

  it("is refused out of bounds, with the bounds and how to write it", () => {
    expect(() => wholeWithin("rps", "11M", 1, 10_000_000)).toThrow(
      '--rps is "11M": it takes a whole number from 1 to 10,000,000.',
    );
    expect(() => wholeWithin("seed", "x")).toThrow(
      '--seed is "x": it takes a whole number from 0 up.',
    );
  });
});
