import { describe, expect, it } from "vitest";
import { flowOf } from "../../../src/runtime/monitor/state/flow.js";
import {
  type SeriesPoint,
  timeScale,
  valuesOf,
  withPoint,
} from "../../../src/runtime/monitor/state/series.js";
import { asciiGlyphs, unicodeGlyphs } from "../../../src/runtime/monitor/terminal/glyphs.js";
import { plotRows, roundTop, timeAxis } from "../../../src/runtime/monitor/terminal/plot.js";
import { figures, snapshot, startedAt, stateAfter, tally } from "./samples.js";

const points = (...counted: readonly (number | null)[]): SeriesPoint[] =>
  counted.map((value, second) => {
    return { at: startedAt + second * 1_000, acknowledged: null, counted: value, behind: 0 };
  });

describe("the points of the graph", () => {
  it("are at most one a second, with what is known then", () => {
    const votes = [0, 400, 900, 1_400].map((n) => figures({ ada: n }));
    const at = (n: number, lag = 0) => snapshot(n * 500, votes[n], { tallies: [tally(lag)] });
    const { series } = stateAfter(at(0), at(1), at(2, 5), at(3));
    expect(series).toEqual([
      { at: startedAt, acknowledged: null, counted: null, behind: 0 },
      { at: startedAt + 1_000, acknowledged: 0, counted: 900, behind: 4.2 },
    ]);
  });

  it("stay while nothing answers, and go with the election", () => {
    const seen = [snapshot(0, figures({ ada: 1 })), snapshot(1_000, figures({ ada: 2 }))];
    const lost = snapshot(2_000, null, { tallies: [], election: null });
    expect(stateAfter(...seen, lost).series.at(-1)).toMatchObject({ counted: null, behind: null });
    expect(stateAfter(...seen, lost).series).toHaveLength(3);
    const other = snapshot(3_000, figures({ bob: 1 }, { election: "other" }));
    expect(stateAfter(...seen, other).series).toHaveLength(1);
  });

  it("begin anew when the clock is set back", () => {
    const before = points(1, 2, 3);
    expect(withPoint(before, snapshot(-9_000, null), flowOf([]), 1)).toEqual([]);
  });
});

describe("the scale of time", () => {
  it("is as fine as the columns allow", () => {
    const step = (seconds: number, columns: number) => {
      const last = { at: startedAt + seconds * 1_000, acknowledged: 1, counted: 1, behind: 1 };
      return timeScale([...points(1), last], columns).stepMs / 1_000;
    };
    expect([step(10, 60), step(58, 60), step(60, 60), step(3_600, 100)]).toEqual([1, 1, 2, 60]);
  });

  it("keeps the peak of each column, holds a value over a short gap, and shows a long one", () => {
    const all = points(...Array.from({ length: 60 }, (_, n) => (n === 30 ? 99 : 1)));
    const drawn = valuesOf(all, "counted", timeScale(all, 40));
    expect(drawn.filter((value) => value === 99)).toHaveLength(1);
    const short = [...points(5), { ...points(7)[0], at: startedAt + 4_000 }];
    expect(valuesOf(short, "counted", timeScale(short, 6)).slice(1)).toEqual([5, 5, 5, 5, 7]);
    const long = [...points(5), { ...points(7)[0], at: startedAt + 20_000 }];
    const values = valuesOf(long, "counted", timeScale(long, 30));
    expect(values.filter((value) => value !== undefined)).toEqual([5, 7]);
    const unknown = points(1, null, 3);
    const told = valuesOf(unknown, "counted", timeScale(unknown, 4));
    expect(told).toEqual([undefined, 1, undefined, 3]);
  });

  it("has times below its ticks, all within its columns", () => {
    const all = points(...Array.from({ length: 61 }, () => 1));
    const { rule, labels } = timeAxis(timeScale(all, 70), unicodeGlyphs);
    expect(rule).toHaveLength(70);
    expect(labels.length).toBeLessThanOrEqual(70);
    const found = [...labels.matchAll(/\d\d:\d\d:\d\d/g)];
    expect(found.map(([time]) => time)).toEqual(["14:04:00", "14:04:15", "14:04:30", "14:04:45"]);
    for (const { index } of found) expect(rule[index]).toBe("┬");
  });
});

describe("a plot", () => {
  it("goes up to the top, marks a 0, and leaves blank what is not known", () => {
    expect(plotRows([0, undefined, 8, 12, 16], 2, 16, unicodeGlyphs)).toEqual(["   ▄█", "▁ ███"]);
    expect(plotRows([0, undefined, 16], 2, 16, asciiGlyphs)).toEqual(["  #", "_ #"]);
  });

  it.each([
    [0, 10, 10],
    [556, 10, 600],
    [1_000, 10, 1_000],
    [1_001, 10, 1_200],
    [21, 1, 25],
    [0.2, 1, 1],
  ])("of %d and at least %d has the top %d", (value, least, top) => {
    expect(roundTop(value, least)).toBeCloseTo(top, 6);
  });
});
