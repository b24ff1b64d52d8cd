import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scheduleOf } from "../../../../src/runtime/load/arrivals/arrivals.js";
import { scenarioShareOf, shareOf } from "../../../../src/runtime/load/plan/share.js";
import { type StreamSpec, withArrivals } from "../../../../src/runtime/load/scenario/scenario.js";
import { anyArrivals } from "../arrivals/schedules.js";
import { scenarioOf } from "../support.js";

const http = {
  name: "main",
  via: "http",
  connections: 10,
  batchBallots: 100,
  forgedShare: 0,
  bots: 10,
} as const;
const anySpec: fc.Arbitrary<StreamSpec> = anyArrivals.map((each) => withArrivals(http, each));
const number = fc.integer({ min: 1, max: 7 });

/** The first due times of a spec, as a run makes its schedule. */
function timesOf(spec: StreamSpec, count: number): number[] {
  const schedule = scheduleOf(spec.arrivals, spec.arrivals.share?.stream ?? spec.name);
  const length = Math.min(count, schedule.total);
  return Array.from({ length }, (_, index) => schedule.timeOf(index));
}

const sorted = (times: readonly number[]) => [...times].sort((one, other) => one - other);

describe("shareOf", () => {
  it("makes parts that together are due exactly when the stream is", () => {
    fc.assert(
      fc.property(anySpec, number, (spec, of) => {
        const shares = Array.from({ length: of }, (_, each) => shareOf(spec, each, of));
        const together = sorted(shares.flatMap((share) => timesOf(share, 40)));
        expect(together.slice(0, 40)).toEqual(timesOf(spec, 40));
        const totals = shares.map(({ arrivals }) => scheduleOf(arrivals, "main").total);
        expect(totals.reduce((sum, total) => sum + total, 0)).toBe(
          scheduleOf(spec.arrivals, "main").total,
        );
      }),
    );
  });

  it("has each part due at its time and not before", () => {
    fc.assert(
      fc.property(anySpec, number, fc.nat(), (spec, of, any) => {
        const { arrivals } = shareOf(spec, any % of, of);
        const schedule = scheduleOf(arrivals, "main");
        fc.pre(schedule.total > 0);
        const index = any % schedule.total;
        expect(schedule.dueBy(schedule.timeOf(index))).toBeGreaterThan(index);
        expect(schedule.dueBy(0)).toBeLessThanOrEqual(schedule.dueBy(schedule.durationMs));
        expect(schedule.dueBy(schedule.durationMs)).toBe(schedule.total);
      }),
    );
  });

  it("can be shared again: agents, and workers on each of them", () => {
    fc.assert(
      fc.property(anySpec, number, number, (spec, agents, workers) => {
        const shares = Array.from({ length: agents }, (_, agent) => agent).flatMap((agent) =>
          Array.from({ length: workers }, (_, worker) =>
            shareOf(shareOf(spec, agent, agents), worker, workers),
          ),
        );
        expect(new Set(shares.map(({ name }) => name)).size).toBe(agents * workers);
        const together = sorted(shares.flatMap((share) => timesOf(share, 30)));
        expect(together.slice(0, 30)).toEqual(timesOf(spec, 30));
      }),
    );
  });

  it("names the part, divides rates and connections", () => {
    const [spec] = scenarioOf({ via: "http", connections: 10, bots: 7 }).streams;
    expect(shareOf(spec, 2, 4)).toMatchObject({
      name: "main.2",
      votesPerSecond: 2_000,
      peakPerSecond: 2_000,
      connections: 3,
      bots: 2,
      arrivals: { share: { stream: "main", number: 2, of: 4 } },
    });
  });
});

describe("scenarioShareOf", () => {
  it("divides every stream and the electorate", () => {
    const streams = [{ name: "web", via: "http", votesPerSecond: 100 }];
    const share = scenarioShareOf(scenarioOf({ streams, voters: 10_001 }), 1, 2);
    expect(share.streams.map(({ name }) => name)).toEqual(["main.1", "web.1"]);
    expect(share.voters).toBe(5_001);
  });
});
