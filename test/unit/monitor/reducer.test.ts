import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  initialMonitorState,
  type MonitorState,
  reduceMonitor,
} from "../../../src/runtime/monitor/state/reducer.js";
import { figures, snapshot, stateAfter } from "./samples.js";

const afterKeys = (state: MonitorState, ...keys: readonly string[]) =>
  keys.reduce((next, key) => reduceMonitor(next, { type: "key", key }), state);

describe("rates", () => {
  it("are votes decided, counted or rejected, over the time between two snapshots", () => {
    const state = stateAfter(
      snapshot(0, figures({ ada: 100, grace: 50 }, { rejected: { "already-voted": 10 } })),
      snapshot(2_000, figures({ ada: 300, grace: 70 }, { rejected: { "already-voted": 30 } })),
    );
    expect(state.rates).toEqual({ votesPerSecond: 120, byCandidate: { ada: 100, grace: 10 } });
    expect(state.history).toEqual([120]);
  });

  it("of a steady stream are that stream's, however it is sampled", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 1_000 }), (gapsMs, perMs) => {
        let at = 0;
        const times = [0, ...gapsMs.map((gap) => (at += gap))];
        const state = stateAfter(...times.map((t) => snapshot(t, figures({ ada: t * perMs }))));
        expect(state.rates.votesPerSecond).toBeCloseTo(perMs * 1_000, 3);
        for (const rate of state.history) expect(rate).toBeCloseTo(perMs * 1_000, 3);
      }),
    );
  });

  it("are never negative, infinite or unknown, whatever is read", () => {
    const reading = fc.record({
      at: fc.integer({ min: -5_000, max: 60_000 }),
      votes: fc.dictionary(fc.constantFrom("ada", "grace", "alan"), fc.nat()),
      reached: fc.boolean(),
      election: fc.constantFrom("demo", "other"),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 300 }), (readings) => {
        const state = stateAfter(
          ...readings.map(({ at, votes, reached, election }) =>
            snapshot(at, reached ? figures(votes, { election }) : null, { election }),
          ),
        );
        const rates = [state.rates.votesPerSecond, ...Object.values(state.rates.byCandidate)];
        for (const rate of [...rates, ...state.history]) {
          expect(Number.isFinite(rate) && rate >= 0).toBe(true);
        }
        expect(state.history.length).toBeLessThanOrEqual(240);
        if (state.result !== undefined)
          expect(state.result.election).toBe(state.snapshot?.election);
      }),
    );
  });

  it("forget what is older than the window", () => {
    const state = stateAfter(
      snapshot(0, figures({ ada: 0 })),
      snapshot(1_000, figures({ ada: 1_000_000 })),
      snapshot(6_000, figures({ ada: 1_000_000 })),
    );
    expect(state.rates.votesPerSecond).toBe(0);
  });

  it("start anew when counts go back, as after a lost view", () => {
    const state = stateAfter(
      snapshot(0, figures({ ada: 1_000 })),
      snapshot(1_000, figures({ ada: 2_000 })),
      snapshot(2_000, figures({ ada: 500 })),
    );
    expect(state.rates.votesPerSecond).toBe(0);
    expect(state.result?.counted).toBe(500);
    const next = snapshot(3_000, figures({ ada: 700 }));
    expect(reduceMonitor(state, { type: "snapshot", snapshot: next }).rates.votesPerSecond).toBe(
      200,
    );
  });
});

describe("what cannot be reached", () => {
  const seen = stateAfter(
    snapshot(0, figures({ ada: 1_000 })),
    snapshot(1_000, figures({ ada: 2_000 })),
  );

  it("leaves the last figures standing, with their time and without a rate", () => {
    const lost = snapshot(9_000, null);
    const state = reduceMonitor(seen, { type: "snapshot", snapshot: lost });
    expect(state.result?.counted).toBe(2_000);
    expect(state.snapshot!.at - state.resultAt).toBe(8_000);
    expect(state.rates.votesPerSecond).toBe(0);
  });

  it("never shows one election's figures under another's name", () => {
    const other = snapshot(2_000, null, { election: "other" });
    const state = reduceMonitor(seen, { type: "snapshot", snapshot: other });
    expect(state.result).toBeUndefined();
    expect(state.history).toEqual([]);
  });
});

describe("keys", () => {
  it("pause freezes the figures, a read under way included, and going on thaws them", () => {
    const paused = afterKeys(stateAfter(snapshot(0, figures({ ada: 1 }))), "p");
    const late = { type: "snapshot", snapshot: snapshot(500, figures({ ada: 9 })) } as const;
    expect(reduceMonitor(paused, late)).toBe(paused);
    expect(reduceMonitor(afterKeys(paused, "p"), late).result?.counted).toBe(9);
  });

  it("step through the refresh times and stop at both ends", () => {
    const many = Array(9).fill("-");
    expect(afterKeys(initialMonitorState, ...many).refreshMs).toBe(10_000);
    const back = Array(9).fill("+");
    expect(afterKeys(initialMonitorState, ...many, ...back).refreshMs).toBe(250);
    expect(afterKeys(initialMonitorState, "-").refreshMs).toBe(1_000);
  });
});
