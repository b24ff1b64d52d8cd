import { describe, expect, it } from "vitest";
import { withoutRepeats } from "../../../src/runtime/time/without-repeats.js";

describe("errors of the same kind", () => {
  it("are passed on once, when they change, and again after a while", () => {
    const told: unknown[] = [];
    let now = 0;
    const notice = withoutRepeats(
      (error) => told.push(error),
      () => now,
    );
    for (; now < 5_000; now += 100) notice(new Error("refused"));
    expect(told).toEqual([new Error("refused")]);
    notice(new Error("closed"));
    notice(new Error("refused"));
    now += 10_000;
    notice(new Error("refused"));
    expect(told.map(String)).toEqual([
      "Error: refused",
      "Error: closed",
      "Error: refused",
      "Error: refused",
    ]);
  });
});
