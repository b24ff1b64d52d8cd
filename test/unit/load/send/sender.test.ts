import { describe, expect, it } from "vitest";
import { sendable } from "../../../../src/runtime/load/send/sender.js";

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
