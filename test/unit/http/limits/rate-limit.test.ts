import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  RateLimit,
  type RateLimitOptions,
} from "../../../../src/runtime/http/limits/rate-limit.js";
import { TooManyRequests } from "../../../../src/runtime/http/limits/too-many-requests.js";
import { SteppedClock } from "../../../helpers/test-clock.js";

function start(perSecond: number, options: Partial<RateLimitOptions> = {}) {
  const clock = new SteppedClock(0);
  const limit = new RateLimit({
    ...{ policy: "voter", who: "This voter sends", unit: "ballots" },
    ...{ perSecond, clock, ...options },
  });
  /** How many of so many are taken now: while no time passes, those after a refusal are not. */
  const taken = (name: string, wanted: number) => {
    let count = 0;
    while (count < wanted && refusal(() => limit.take(name)) === undefined) count++;
    return count;
  };
  return { clock, limit, taken };
}

function refusal(act: () => void): TooManyRequests | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof TooManyRequests) return error;
    throw error;
  }
}

describe("a rate limit", () => {
  it("takes two seconds' worth at once, then as many as the time that passes pays for", () => {
    const { clock, taken } = start(10);
    expect(taken("alice", 500)).toBe(20);
    expect(taken("bob", 500)).toBe(20);
    clock.moveTo(99);
    expect(taken("alice", 500)).toBe(0);
    clock.moveTo(1_000);
    expect(taken("alice", 500)).toBe(10);
    clock.moveTo(60_000);
    expect(taken("alice", 500)).toBe(20);
  });

  it.each([1, 3, 7, 10, 30, 333, 1_000, 9_999])(
    "takes neither more nor fewer, at %d a second",
    (perSecond) => {
      const { clock, taken } = start(perSecond);
      expect(taken("alice", 3 * perSecond)).toBe(2 * perSecond);
      for (let second = 1; second <= 5; second++) {
        clock.moveTo(second * 1_000);
        expect(taken("alice", 3 * perSecond)).toBe(perSecond);
      }
    },
  );

  it("never takes more than the rate allows, whatever is sent when", () => {
    const sent = fc.record({ afterMs: fc.nat(3_000), count: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(fc.array(sent, { maxLength: 60 }), (all) => {
        const { clock, taken } = start(10);
        let total = 0;
        for (const { afterMs, count } of all) {
          clock.moveTo(clock.now() + afterMs);
          total += taken("alice", count);
          expect(total).toBeLessThanOrEqual(20 + clock.now() / 100 + 1e-6);
        }
      }),
    );
  });

  it("takes a batch larger than what is left, and nothing more until it is paid for", () => {
    const { clock, limit } = start(1_000);
    limit.take("gate", 5_000);
    expect(refusal(() => limit.requireSome("gate"))?.retryAfterSeconds).toBe(4);
    clock.moveTo(3_000);
    expect(refusal(() => limit.requireSome("gate"))?.retryAfterSeconds).toBe(1);
    expect(refusal(() => limit.take("gate", 1))).toBeDefined();
    clock.moveTo(3_001);
    limit.requireSome("gate");
    limit.take("gate", 1);
  });

  it("says whom it stops, what is left, and when to come back", () => {
    const { limit, taken } = start(10);
    expect(limit.headersFor("alice")).toEqual({
      "ratelimit-policy": '"voter";q=20;w=2',
      ratelimit: '"voter";r=20;t=0',
    });
    taken("alice", 5);
    expect(limit.headersFor("alice").ratelimit).toBe('"voter";r=15;t=1');
    taken("alice", 15);
    const stopped = refusal(() => limit.take("alice"));
    expect(stopped?.message).toBe("This voter sends more than 10 ballots a second.");
    expect(stopped?.hint).toBe("Nothing of this request was taken. Send it again in 1 s.");
    expect(stopped?.quota).toMatchObject({ left: 0, fullInSeconds: 2 });
  });

  it("lets nobody get rid of their own entry by coming under many other names", () => {
    const { limit, taken } = start(10, { slots: 1_024 });
    expect(taken("alice", 500)).toBe(20);
    for (let other = 0; other < 50_000; other++) refusal(() => limit.take(`other-${other}`));
    expect(taken("alice", 500)).toBe(0);
  });

  it("stops hardly anybody for what others send", () => {
    const { taken } = start(10);
    for (let other = 0; other < 1_000; other++) taken(`bot-${other}`, 100);
    let stopped = 0;
    for (let voter = 0; voter < 10_000; voter++) if (taken(`voter-${voter}`, 1) === 0) stopped++;
    // Both of a voter's two entries would have to be a bot's: 0.6 of 10,000 are expected.
    expect(stopped).toBeLessThan(15);
  });
});
