import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { metrics, operators } from "../../../../src/runtime/contracts/load/scenario-thresholds.js";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import {
  isTrend,
  methodsOf,
  printExpression,
  type Threshold,
  withThresholds,
} from "../../../../src/runtime/load/scenario/threshold.js";
import { parseThreshold } from "../../../../src/runtime/load/scenario/threshold-syntax.js";

const refuse = (detail: string, hint: string) => new VoteError("invalid-usage", detail, { hint });
const parse = (text: string) => parseThreshold(text, refuse);

const printThreshold = (threshold: Threshold) =>
  `${threshold.metric}: ${printExpression(threshold)}`;

const positive = fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }));

const anyThreshold: fc.Arbitrary<Threshold> = fc
  .constantFrom(...metrics)
  .chain((metric) =>
    fc.record({
      metric: fc.constant(metric),
      method: fc.constantFrom(...methodsOf(metric)),
      percentile: fc.double({ min: 0, max: 100, noNaN: true }),
      operator: fc.constantFrom(...operators),
      value: positive,
      unit: fc.constantFrom("us", "ms", "s", undefined),
    }),
  )
  .map(({ percentile, unit, value, ...rest }) => ({
    ...rest,
    // Minus nothing is nothing.
    value: value + 0,
    ...(rest.method === "p" ? { percentile: percentile + 0 } : {}),
    ...(isTrend(rest.metric) && unit !== undefined ? { unit: unit as "ms" } : {}),
  }));

describe("a threshold's text", () => {
  it("reads back as what was printed, with its metric or beside it", () => {
    fc.assert(
      fc.property(anyThreshold, (threshold) => {
        expect(parse(printThreshold(threshold))).toEqual(threshold);
        const alone = parseThreshold(printExpression(threshold), refuse, threshold.metric);
        expect(alone).toEqual(threshold);
      }),
    );
  });

  it("may have spaces between its parts", () => {
    fc.assert(
      fc.property(anyThreshold, fc.nat(3), (threshold, spaces) => {
        const spaced = printThreshold(threshold).replace(/[<>=!]+|[():]/g, (mark) => {
          const around = " ".repeat(spaces);
          return `${around}${mark}${around}`;
        });
        expect(parse(spaced)).toEqual(threshold);
      }),
    );
  });

  it.each([
    ["p(99)<250ms", "acknowledged: p(99)<250ms"],
    ["p(99.9)<=1s", "acknowledged: p(99.9)<=1s"],
    ["med<5", "acknowledged: med<5"],
    ["rate>=250000", "votes: rate>=250000"],
    ["count===7", "votes: count==7"],
    ["lost==0", "ballots: lost==0"],
    ["accepted:rate>1e3", "accepted: rate>1000"],
    ["schedule_lag: max<900us", "schedule_lag: max<900us"],
  ])("%s is %s", (text, whole) => {
    expect(printThreshold(parse(text))).toBe(whole);
  });

  it.each([
    ["", /"", character 1: expected is a method \(p avg .*the text ends there/],
    ["p99<250ms", /character 2: expected is the percentile \(\(\), not "99<250ms"/],
    ["p(101)<1ms", /character 3: expected is a percentile from 0 to 100, not "101\)/],
    ["p(99<250ms", /character 5: expected is the end of the percentile/],
    ["p(99)=250ms", /character 6: expected is an operator \(<= >= == != < > ===\), not "=250/],
    ["p(99)<fast", /character 7: expected is a number, not "fast"/],
    ["p(99)<-1", /character 7: expected is a number/],
    ["p(99)<250min", /character 10: expected is a unit \(us ms s\), not "min"/],
    ["p(99)<250ms now", /character 13: expected is the end, not "now"/],
    ["rate>=250000ms", /character 13: expected is the end, not "ms"/],
    ["visibel: max<1", /character 1: expected is a metric \(acknowledged .* ballots\)/],
    ["visible: rate>1", /character 10: expected is a method \(p avg min med max\), not "rate>1"/],
    ["votes rate>=1", /character 1: expected is a method/],
  ])("refuses %j and says where", (text, expected) => {
    let refused: unknown;
    try {
      parse(text);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(VoteError);
    const { message, hint } = refused as VoteError;
    expect(message).toMatch(expected);
    expect(hint).toMatch(/METRIC.*METHOD OPERATOR VALUE.*p\(99\)<250ms/);
  });
});

describe("withThresholds", () => {
  it("puts a later one in the place of that about the same", () => {
    const own = ["p(99)<1s", "p(50)<1s", "visible: p(99)<1s"].map(parse);
    const texts = withThresholds(own, ["p(99)<=2s", "lost==0"].map(parse)).map(printThreshold);
    expect(texts).toEqual([
      "acknowledged: p(50)<1s",
      "visible: p(99)<1s",
      "acknowledged: p(99)<=2s",
      "ballots: lost==0",
    ]);
  });
});
