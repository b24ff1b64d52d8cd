import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockOffset } from "../../../../src/runtime/load/agents/clock-offset.js";

const delay = fc.double({ min: 0, max: 500, noNaN: true });
const question = fc.record({ wait: delay, there: delay, back: delay });

describe("clockOffset", () => {
  it("is never further off than it says, whatever the delays", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.array(question, { minLength: 1, maxLength: 20 }),
        (offset, questions) => {
          let now = 1_700_000_000_000;
          const samples = questions.map(({ wait, there, back }) => {
            now += wait;
            const askedAt = Math.floor(now);
            const theirs = Math.floor(now + there + offset);
            now += there + back;
            return { askedAt, theirs, answeredAt: Math.floor(now) };
          });
          const { offsetMs, uncertaintyMs } = clockOffset(samples);
          // A thousandth for the rounding of such large sums.
          expect(Math.abs(offsetMs - offset)).toBeLessThanOrEqual(uncertaintyMs + 0.001);
          const quickest = Math.min(...questions.map(({ there, back }) => there + back));
          expect(uncertaintyMs).toBeLessThanOrEqual(quickest / 2 + 2);
        },
      ),
    );
  });
});
