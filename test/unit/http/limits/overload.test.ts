import { expect, it } from "vitest";
import { eventLoopDelayMs, Overload } from "../../../../src/runtime/http/limits/overload.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

/** Samples these loads, one after the other. @returns after which of them work is refused */
function refusedAfter(loads: readonly number[]): number[] {
  const clock = new SteppedClock(0);
  let load = 0;
  const overload = new Overload({ load: () => load, clock });
  const refused: number[] = [];
  for (const [at, next] of loads.entries()) {
    load = next;
    clock.moveTo((at + 1) * 500);
    try {
      overload.requireNone();
    } catch (error) {
      expect(error).toMatchObject({ code: "overloaded", status: 503 });
      refused.push(at);
    }
  }
  overload.stop();
  return refused;
}

it("refuses work once the load has been too high for three samples in a row", () => {
  expect(refusedAfter([1, 1, 0.99, 1, 1, 0, 9, 9])).toEqual([]);
  expect(refusedAfter([0, 1, 1, 1, 2])).toEqual([3, 4]);
});

it("takes work again only once the load has been low for three samples in a row", () => {
  expect(refusedAfter([1, 1, 1, 0.9, 0.5, 0.4, 0.4, 0.6, 0.4, 0.4, 0.4, 0.9])).toEqual([
    2, 3, 4, 5, 6, 7, 8, 9,
  ]);
});

it("does not take one long pause for overload", () => {
  expect(refusedAfter([0, 100, 0, 0, 100, 100, 0])).toEqual([]);
});

it("measures the turns of the event loop, since it was asked before", async () => {
  const delayMs = eventLoopDelayMs();
  const turn = () => new Promise((resolve) => setTimeout(resolve, 30));
  await turn();
  delayMs();
  for (let turns = 0; turns < 5; turns++) {
    const until = performance.now() + 200;
    while (performance.now() < until);
    await turn();
  }
  // However busy the machine is: a turn took 200 ms at least, a pause between two 20.
  expect(delayMs()).toBeGreaterThan(50);
});
