import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Failure,
  failureOf,
  storeError,
  withRetries,
} from "../../../src/runtime/ledger/dynamodb-retry.js";

const named = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error("planted"), {
    name,
    $metadata: httpStatusCode === undefined ? {} : { httpStatusCode },
  });

const throttled = named("ProvisionedThroughputExceededException", 400);
const options = { firstDelayMs: 20, maxDelayMs: 500, giveUpAfterMs: 5_000 };

/** A world whose time passes only in its sleeps. */
function world(random: () => number) {
  let time = 0;
  const pauses: number[] = [];
  return {
    pauses,
    now: () => time,
    random,
    sleep: async (ms: number) => {
      pauses.push(ms);
      time += ms;
    },
  };
}

it.each<[Error, Failure]>([
  [throttled, "throttled"],
  [named("ThrottlingException", 400), "throttled"],
  [named("RequestLimitExceeded", 400), "throttled"],
  [named("Error", 429), "throttled"],
  [named("InternalServerError", 500), "passing"],
  [named("ServiceUnavailable", 503), "passing"],
  [named("TransactionConflictException", 400), "passing"],
  [named("TimeoutError"), "passing"],
  [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "passing"],
  [named("ResourceNotFoundException", 400), "missing"],
  [named("AccessDeniedException", 400), "denied"],
  [named("CredentialsProviderError"), "denied"],
  [named("ValidationException", 400), "wrong"],
])("sorts %s as %s", (error, failure) => {
  expect(failureOf(error)).toBe(failure);
});

it("pauses from zero up to a bound that doubles, until it gives up", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.infiniteStream(fc.double({ min: 0.1, max: 0.999, noNaN: true })),
      async (chances) => {
        const place = world(() => chances.next().value);
        let attempts = 0;
        const attempt = async () => {
          attempts++;
          throw throttled;
        };
        const told: Failure[] = [];
        const outcome = withRetries(attempt, (failure) => told.push(failure), options, place);
        await expect(outcome).rejects.toBe(throttled);
        expect(attempts).toBe(place.pauses.length + 1);
        expect(told).toEqual(place.pauses.map(() => "throttled"));
        for (const [index, pause] of place.pauses.entries()) {
          expect(pause).toBeLessThan(Math.min(20 * 2 ** index, 500));
        }
        const waited = place.pauses.reduce((sum, pause) => sum + pause, 0);
        expect(waited).toBeLessThanOrEqual(5_000);
        expect(waited).toBeGreaterThan(5_000 - 500);
      },
    ),
    { numRuns: 50 },
  );
});

it("returns the first success, and does not repeat what will not pass", async () => {
  const place = world(() => 0.5);
  const outcomes = [throttled, named("InternalServerError", 500), "done"];
  const attempt = async () => {
    const next = outcomes.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  expect(await withRetries(attempt, () => undefined, options, place)).toBe("done");
  expect(place.pauses).toEqual([10, 20]);
  const wrong = named("ValidationException", 400);
  let attempts = 0;
  const hopeless = async () => {
    attempts++;
    throw wrong;
  };
  await expect(withRetries(hopeless, () => undefined, options, place)).rejects.toBe(wrong);
  expect(attempts).toBe(1);
});

it("says what failed, why, and what to do", () => {
  const missing = storeError("PutItem on vote-segments", named("ResourceNotFoundException", 400));
  expect(missing.code).toBe("ledger-unavailable");
  expect(missing.message).toContain("PutItem on vote-segments");
  expect(missing.hint).toContain("vote services init");
  expect(storeError("x", named("AccessDeniedException", 400)).hint).toContain("credentials");
  expect(storeError("x", named("ValidationException", 400)).code).toBe("internal-error");
});
