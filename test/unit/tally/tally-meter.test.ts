import { describe, expect, it, onTestFinished } from "vitest";
import { PartitionLag } from "../../../src/runtime/tally/telemetry/partition-lag.js";
import {
  type PartitionPosition,
  TallyMeter,
} from "../../../src/runtime/tally/telemetry/tally-meter.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { eventually } from "../../helpers/temporary.js";

describe("a partition's lag", () => {
  it("counts records, and since when the oldest of them has been waiting", () => {
    const lag = new PartitionLag();
    expect(lag.lag(0, 0)).toBeUndefined();
    lag.sample(10, 1_000);
    expect(lag.lag(10, 5_000)).toEqual({ end: 10, records: 0, seconds: 0 });
    lag.sample(20, 6_000);
    lag.sample(30, 7_000);
    expect(lag.lag(10, 8_000)).toEqual({ end: 30, records: 20, seconds: 2 });
    expect(lag.lag(20, 8_000)).toEqual({ end: 30, records: 10, seconds: 1 });
    expect(lag.lag(30, 8_000)).toEqual({ end: 30, records: 0, seconds: 0 });
  });

  it("still knows since when after hours, and what the end is", () => {
    const lag = new PartitionLag();
    for (let second = 0; second < 10_000; second++) lag.sample(5 + second, second * 1_000);
    expect(lag.lag(0, 10_000_000)).toEqual({ end: 10_004, records: 10_004, seconds: 10_000 });
  });
});

describe("what a tally tells operators", () => {
  it("has each partition that is held, commits, and events without anything else", async () => {
    const ends = new Map([[0, 12]]);
    const end = async (_: string, partition: number) => {
      const known = ends.get(partition);
      if (known === undefined) throw new Error("planted: this end is not known");
      return known;
    };
    const meter = new TallyMeter({ end, clock: { ...systemClock, wallClock: () => 5_000 } });
    const place = (partition: number): PartitionPosition => {
      const stands = { position: 7, sealed: false, state: "tallying", halted: "" } as const;
      return { election: "demo", partition, ...stands };
    };
    const positions = [place(0), place(1)];
    meter.watchLag(() => positions);
    onTestFinished(() => meter.stop());
    const passed: string[] = [];
    const events = meter.recording({ event: (name) => passed.push(name) });
    events.event("assigned", { election: "demo", partition: 0, position: 7, other: "x" });
    events.event("view-retry", { publicReason: "gone" });
    meter.committed(4);
    const metrics = () => meter.metrics(positions, 3);
    await eventually("the log's end", () => metrics().partitions[0].end !== null);
    expect(passed).toEqual(["assigned", "view-retry"]);
    expect(metrics()).toEqual({
      partitions: [
        { ...positions[0], end: 12, lagRecords: 5, lagSeconds: 0 },
        { ...positions[1], end: null, lagRecords: null, lagSeconds: null },
      ],
      commits: 1,
      commitMs: { p50: 4, p99: 4 },
      eventCounts: { assigned: 1, "view-retry": 1 },
      viewLagMs: 3,
      events: [
        { number: 1, at: 5_000, name: "assigned", election: "demo", partition: 0, detail: "" },
        {
          number: 2,
          at: 5_000,
          name: "view-retry",
          election: null,
          partition: null,
          detail: "gone",
        },
      ],
    });
  });
});
