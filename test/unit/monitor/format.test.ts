import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asciiGlyphs,
  bar,
  formatDuration,
  oneLine,
  sparkline,
  unicodeGlyphs,
} from "../../../src/runtime/monitor/terminal/format.js";

describe("bar", () => {
  it("is as wide as asked, and neither empty nor full unless the share is", () => {
    const shares = fc.double({ min: -1, max: 2, noNaN: true });
    fc.assert(
      fc.property(shares, fc.integer({ min: 2, max: 200 }), (share, width) => {
        const drawn = bar(share, width, asciiGlyphs);
        expect(drawn).toHaveLength(width);
        expect(drawn.startsWith("#")).toBe(share > 0);
        expect(drawn.endsWith(".")).toBe(share < 1);
      }),
    );
  });

  it("shows half as half, and nothing where there is no room", () => {
    expect(bar(0.5, 10, unicodeGlyphs)).toBe("█████░░░░░");
    expect(bar(0.5, 0, unicodeGlyphs)).toBe("");
  });
});

describe("sparkline", () => {
  it("scales from zero to the largest and keeps the newest", () => {
    expect(sparkline([100, 0, 35, 70], 3, unicodeGlyphs)).toBe("▁▅█");
    expect(sparkline([0, 0], 5, unicodeGlyphs)).toBe("▁▁");
    expect(sparkline([], 5, unicodeGlyphs)).toBe("");
  });
});

describe("formatDuration", () => {
  it.each([
    [250, "250 ms"],
    [1_000, "1 s"],
    [2_500, "2.5 s"],
    [12_345, "12 s"],
    [180_000, "3 min"],
  ])("%d ms is %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

describe("oneLine", () => {
  it("takes away whatever could steer the terminal", () => {
    expect(oneLine("Ada\u001b[2J\r\nLovelace\u202e")).toBe("Ada [2J Lovelace");
    expect(oneLine("José Ñandú 投票")).toBe("José Ñandú 投票");
  });
});
