import { describe, expect, it } from "vitest";
import { parseTrace } from "../../../../src/runtime/load/arrivals/trace.js";

const level = (forSeconds: number, perSecond: number) => ({
  forSeconds,
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
});

describe("parseTrace", () => {
  it.each([
    ["second,count\n10,5\n12,30\n", [level(2, 2.5), level(2, 15)]],
    [
      "# of a test\n\nms, count\r\n0,4\r\n500,1\r\n2000,3",
      [level(0.5, 8), level(1.5, 2 / 3), level(1.5, 2)],
    ],
    ["second,count\n7,9", [level(1, 9)]],
    ['{"second":3,"count":2}\n{"second":4,"count":0}\n', [level(1, 2), level(1, 0)]],
    ['{"ms":0,"count":2,"note":"x"}', [level(1, 2)]],
  ])("reads %j", (text, pieces) => {
    expect(parseTrace(text, "trace")).toEqual(pieces);
  });

  it.each([
    ["", /line 1: holds no rows/],
    ["second,count\n", /line 1: has no row after its header/],
    ["0,5\n1,6\n", /line 1: is not a header/],
    ["second,count\n0,5\n\n1\n", /line 4: is not two numbers/],
    ["second,count\n0,5,6\n", /line 2: is not two numbers/],
    ["second,count\n0,many\n", /line 2: is not a time and a count/],
    ["second,count\n0,-1\n", /line 2: is not a time and a count/],
    ["second,count\n1,1\n1,1\n", /line 3: is not later/],
    ['{"second":1}', /line 1: lacks a time or a count/],
    ['{"second":1,', /line 1: is not JSON/],
  ])("refuses %j with its line", (text, expected) => {
    expect(() => parseTrace(text, "trace")).toThrowError(expected);
  });
});
