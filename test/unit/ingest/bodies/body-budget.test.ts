import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { BodyBudget } from "../../../../src/runtime/ingest/bodies/body-budget.js";

const mebibyte = 2 ** 20;

/** Whether the budget has so much left, which it has afterwards, too. */
function hasLeft(budget: BodyBudget, bytes: number): boolean {
  try {
    budget.take(bytes, new EventEmitter()).giveBack();
    return true;
  } catch {
    return false;
  }
}

describe("BodyBudget", () => {
  it.each([
    ["a body of 2 MiB", 2 * mebibyte, 6],
    ["one of a byte more, which is read into 4 MiB", 2 * mebibyte + 1, 4],
    ["one of unknown length, which may be as long as any", undefined, 4],
    ["one that is refused for its length", 1_000 * mebibyte, 4],
  ])("charges the memory of %s", (_, length, leftMebibytes) => {
    const budget = new BodyBudget(8 * mebibyte);
    budget.take(length, new EventEmitter());
    let left = 0;
    while (hasLeft(budget, mebibyte)) {
      budget.take(mebibyte, new EventEmitter());
      left++;
    }
    expect(left).toBe(leftMebibytes);
  });

  it("gives back the share of a request that ends before anybody has its body", () => {
    const budget = new BodyBudget(mebibyte);
    const response = new EventEmitter();
    budget.take(mebibyte, response);
    expect(hasLeft(budget, 1)).toBe(false);
    response.emit("close");
    expect(hasLeft(budget, mebibyte)).toBe(true);
  });

  it("keeps the share of a body in use though its client has gone, and gives it back once", () => {
    const budget = new BodyBudget(mebibyte);
    const response = new EventEmitter();
    const share = budget.take(mebibyte, response);
    share.hold();
    response.emit("close");
    expect(hasLeft(budget, 1)).toBe(false);
    share.giveBack();
    share.giveBack();
    expect(hasLeft(budget, mebibyte)).toBe(true);
    expect(hasLeft(budget, mebibyte + 1)).toBe(false);
  });
});
