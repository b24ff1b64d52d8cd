import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateSearch } from "../../../../src/runtime/load/report/rate-search.js";

const options = { minPerSecond: 10, maxPerSecond: 1_000_000, resolution: 0.03, maxTrials: 40 };

/** Lets a search run, and says which rates it tried. */
function run(search: RateSearch, holds: (perSecond: number, trial: number) => boolean): number[] {
  const tried: number[] = [];
  for (let rate = search.next(); rate !== undefined; rate = search.next()) {
    tried.push(rate);
    search.tell(rate, holds(rate, tried.length));
  }
  return tried;
}

describe("RateSearch", () => {
  it("finds where a system ends, to within its resolution, and has tried it twice", () => {
    const rate = fc.integer({ min: 10, max: 1_000_000 });
    fc.assert(
      fc.property(rate, rate, (limit, startPerSecond) => {
        const search = new RateSearch({ ...options, startPerSecond });
        const tried = run(search, (each) => each <= limit);
        const { found = 0 } = search;
        expect(found).toBeLessThanOrEqual(limit);
        expect(found).toBeGreaterThanOrEqual(Math.min(limit / 1.03 - 1, limit - 1));
        expect(tried.filter((each) => each === found).length).toBeGreaterThanOrEqual(2);
        expect(tried.at(-1)).toBe(found);
      }),
    );
  });

  it("finds the upper bound of what it may try, and nothing below the lower one", () => {
    const search = new RateSearch({ ...options, startPerSecond: 1_000 });
    run(search, () => true);
    expect(search.found).toBe(1_000_000);
    const none = new RateSearch({ ...options, startPerSecond: 1_000 });
    expect(run(none, () => false).at(-1)).toBe(10);
    expect(none.found).toBeUndefined();
  });

  it("ends whatever the trials say, within its bounds, and found only what held at last", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.integer({ min: 1, max: 2_000_000 }),
        fc.integer({ min: 1, max: 40 }),
        (noise, startPerSecond, maxTrials) => {
          const search = new RateSearch({ ...options, startPerSecond, maxTrials });
          const tried = run(search, (_, trial) => noise[trial - 1]);
          expect(tried.length).toBeLessThanOrEqual(maxTrials);
          for (const each of tried) {
            expect(each).toBeGreaterThanOrEqual(10);
            expect(each).toBeLessThanOrEqual(1_000_000);
          }
          if (search.found === undefined) return;
          expect(search.found).toBe(tried.at(-1));
          expect(noise[tried.length - 1]).toBe(true);
        },
      ),
    );
  });
});
