import fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs, retry } from "../../../src/runtime/time/backoff.js";

const failing = new Error("planted");
const bounds = { firstMs: 20, maxMs: 500 };

/** A world whose time passes only in its sleeps. */
function world(random: () => number) {
  let now = 0;
  const pauses: number[] = [];
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
  };
  return { pauses, clock, chance: { random } };
}

it("draws each pause from the upper half of a bound that doubles up to a limit", () => {
  expect([1, 2, 5, 6, 2_000].map((failures) => backoffMs(failures, bounds, () => 0))).toEqual([
    10, 20, 160, 250, 250,
  ]);
  expect(backoffMs(1, bounds, () => 0.999)).toBeCloseTo(19.99, 6);
});

it("starts no attempt after the time is up, and one until then", async () => {
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(chances, async (chance) => {
      const place = world(() => chance.next().value);
      let attempts = 0;
      const attempt = async () => {
        attempts++;
        throw failing;
      };
      const outcome = retry(attempt, { ...bounds, giveUpAfterMs: 5_000 }, place);
      await expect(outcome).rejects.toBe(failing);
      expect(attempts).toBe(place.pauses.length + 1);
      for (const [index, pause] of place.pauses.entries()) {
        expect(pause).toBeGreaterThanOrEqual(Math.min(20 * 2 ** index, 500) / 2);
        expect(pause).toBeLessThan(Math.min(20 * 2 ** index, 500));
      }
      const waited = place.pauses.reduce((sum, pause) => sum + pause, 0);
      expect(waited).toBeLessThanOrEqual(5_000);
      expect(waited).toBeGreaterThan(5_000 - 500);
    }),
    { numRuns: 50 },
  );
});

it("returns the first success, and says what it retries", async () => {
  const place = world(() => 0);
  const outcomes = [failing, failing, "done"];
  const retried: unknown[] = [];
  const attempt = async () => {
    const next = outcomes.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const retrying = (error: unknown, pauseMs: number) => retried.push([error, pauseMs]);
  expect(await retry(attempt, { ...bounds, retrying }, place)).toBe("done");
  expect(retried).toEqual([
    [failing, 10],
    [failing, 20],
  ]);
});

it.each([
  ["will not pass", { mayPass: () => false }, 1],
  ["has been attempted often enough", { maxAttempts: 3 }, 3],
  ["is no longer wanted", { signal: AbortSignal.abort() }, 1],
])("does not repeat what %s", async (_why, limits, expected) => {
  let attempts = 0;
  const attempt = async () => {
    attempts++;
    throw failing;
  };
  const outcome = retry(attempt, { ...bounds, ...limits }, world(Math.random));
  await expect(outcome).rejects.toBe(failing);
  expect(attempts).toBe(expected);
});

it("ends a pause that is aborted, without another attempt", async () => {
  const stopping = new AbortController();
  let attempts = 0;
  const attempt = async () => {
    attempts++;
    throw failing;
  };
  const options = { firstMs: 1e9, maxMs: 1e9, signal: stopping.signal };
  const outcome = retry(attempt, {
    ...options,
    retrying: () => setImmediate(() => stopping.abort()),
  });
  await expect(outcome).rejects.toBe(failing);
  expect(attempts).toBe(1);
});
