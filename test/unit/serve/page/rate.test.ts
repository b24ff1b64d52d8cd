import { describe, expect, it } from "vitest";
import { RateHistory } from "../../../../src/runtime/serve/page/client/rate.js";

describe("votes per second over time", () => {
  it("come from what was counted between two samples", () => {
    const history = new RateHistory();
    history.add({ at: 1_000, counted: 0 });
    history.add({ at: 2_000, counted: 500 });
    history.add({ at: 4_000, counted: 700 });
    expect(history.series()).toEqual([
      [2, 4],
      [500, 100],
    ]);
    expect([history.highest, Math.round(history.current)]).toEqual([500, 233]);
  });

  it("are 0, not negative, where a recount corrects, and 0 before there are two samples", () => {
    const history = new RateHistory();
    expect(history.current).toBe(0);
    history.add({ at: 1_000, counted: 10 });
    history.add({ at: 2_000, counted: 5 });
    history.add({ at: 2_000, counted: 9 });
    expect(history.series()).toEqual([[2], [0]]);
  });

  it("go back to before the page was opened", () => {
    const history = new RateHistory();
    history.add({ at: 3_000, counted: 30 });
    history.prepend([
      { at: 1_000, counted: 10 },
      { at: 2_000, counted: 15 },
      { at: 3_500, counted: 99 },
    ]);
    expect(history.series()).toEqual([
      [2, 3],
      [5, 15],
    ]);
  });

  it("stay a bounded number, the older ones coarser", () => {
    const history = new RateHistory();
    for (let second = 1; second <= 50_000; second++) {
      history.add({ at: second * 1_000, counted: second * 10 });
    }
    const [times, rates] = history.series();
    expect(times.length).toBeLessThan(1_200);
    expect(times.at(-1)).toBe(50_000);
    expect(times[0]).toBeLessThan(1_000);
    expect(new Set(rates)).toEqual(new Set([10]));
  });
});
