import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  asciiGlyphs,
  bar,
  sparkline,
  unicodeGlyphs,
} from "../../../src/runtime/monitor/terminal/glyphs.js";

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
