import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { parseScenario } from "../../../../src/runtime/load/scenario/scenario.js";

const level = (forSeconds: number, perSecond: number) => ({
  forSeconds,
  fromPerSecond: perSecond,
  toPerSecond: perSecond,
});
const trace = "second,count\n100,50\n110,200\n";

function mainOf(arrivals: unknown, more: object = {}) {
  const source = { name: "lunch", durationSeconds: 10, via: "log", arrivals, ...more };
  return parseScenario(source, "lunch.yaml", () => trace).streams[0];
}

describe("arrivals", () => {
  it.each([
    ["constant", { votesPerSecond: 7 }, [level(10, 7)]],
    [
      "ramp",
      { fromPerSecond: 0, toPerSecond: 100 },
      [{ forSeconds: 10, fromPerSecond: 0, toPerSecond: 100 }],
    ],
    [
      "spike",
      { peakPerSecond: 90, atSeconds: 2, riseSeconds: 1, holdSeconds: 3, fallSeconds: 2 },
      [
        level(2, 0),
        { forSeconds: 1, fromPerSecond: 0, toPerSecond: 90 },
        level(3, 90),
        { forSeconds: 2, fromPerSecond: 90, toPerSecond: 0 },
        level(2, 0),
      ],
    ],
    ["spike", { basePerSecond: 5, peakPerSecond: 9, atSeconds: 10 }, [level(10, 5)]],
    [
      "steps",
      {
        steps: [
          { forSeconds: 4, votesPerSecond: 10, toVotesPerSecond: 20 },
          { forSeconds: 5, votesPerSecond: 20 },
        ],
      },
      [{ forSeconds: 4, fromPerSecond: 10, toPerSecond: 20 }, level(5, 20), level(1, 0)],
    ],
    [
      "steps",
      {
        steps: [
          { atSeconds: 1, votesPerSecond: 10 },
          { atSeconds: 3, forSeconds: 1, votesPerSecond: 40 },
          { atSeconds: 6, votesPerSecond: 20, toVotesPerSecond: 30 },
        ],
      },
      [
        level(1, 0),
        level(2, 10),
        level(1, 40),
        level(2, 0),
        { forSeconds: 4, fromPerSecond: 20, toPerSecond: 30 },
      ],
    ],
    // 20 seconds of trace in the run's 10, at the rates of the trace.
    ["replay", { file: "trace.csv" }, [level(5, 5), level(5, 20)]],
  ])("%s: %o", (shape, rest, pieces) => {
    const stream = mainOf({ shape, ...rest });
    expect(stream.arrivals).toEqual({ shape, spacing: "even", pieces });
  });

  it("tell peak and mean, and may come at random", () => {
    const steps = [{ forSeconds: 5, votesPerSecond: 30 }];
    const stream = mainOf({ shape: "steps", spacing: "poisson", steps });
    expect(stream).toMatchObject({ peakPerSecond: 30, votesPerSecond: 15 });
    expect(stream.arrivals.spacing).toBe("poisson");
  });

  it.each([
    [{ shape: "wave" }, /arrivals\.shape is "wave".*constant, ramp, spike, steps, replay/],
    [{ spacing: "odd", votesPerSecond: 1 }, /arrivals\.spacing is "odd".*even, poisson/],
    [{}, /arrivals\.votesPerSecond is missing/],
    [{ shape: "ramp", fromPerSecond: 0, toPerSecond: 0 }, /arrivals let nobody vote/],
    [{ shape: "ramp", from: 1 }, /arrivals\.fromPerSecond is missing/],
    [
      { shape: "spike", peakPerSecond: 9, atSeconds: 2, holdSeconds: 9 },
      /arrivals\.atSeconds lasts until second 11.*lasts 10 s/,
    ],
    [{ shape: "steps" }, /arrivals\.steps is missing/],
    [{ shape: "steps", steps: [{ votesPerSecond: 1 }] }, /steps\[0\]\.forSeconds is missing/],
    [
      {
        shape: "steps",
        steps: [
          { forSeconds: 8, votesPerSecond: 1 },
          { forSeconds: 8, votesPerSecond: 1 },
        ],
      },
      /steps\[1\] lasts until second 16/,
    ],
    [
      {
        shape: "steps",
        steps: [
          { atSeconds: 4, votesPerSecond: 1 },
          { atSeconds: 2, votesPerSecond: 1 },
        ],
      },
      /steps\[1\] begins at 2, before the one above it ends at 4/,
    ],
    [
      { shape: "spike", peakPerSecond: 9, atSeconds: 2, holdSecond: 1 },
      /arrivals\.holdSecond is not known.*Did you mean holdSeconds\?/,
    ],
  ])("refuse %o with field and rule", (arrivals, expected) => {
    expect(refusal(() => mainOf(arrivals))).toMatch(expected);
  });

  it("stand instead of votesPerSecond, not beside it", () => {
    const both = () => mainOf({ votesPerSecond: 1 }, { votesPerSecond: 2 });
    expect(refusal(both)).toMatch(/arrivals and votesPerSecond exclude each other/);
  });
});

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    expect(error.code).toBe("invalid-scenario");
    return `${error.message} ${error.hint}`;
  }
  return "not refused";
}
