import { describe, expect, it } from "vitest";
import { behindOf } from "../../../src/runtime/monitor/state/flow.js";
import {
  figures,
  ingest,
  readyRoles,
  role,
  serve,
  snapshot,
  startedAt,
  stateAfter,
  tally,
} from "./samples.js";

const result = figures({ ada: 1_000 });

const unmeasured = readyRoles.slice(1).map((one) => ({ ...one, cpuSeconds: null }));

describe("what runs through the system", () => {
  it("is told from two readings of the same process", () => {
    const later = snapshot(2_000, result, {
      ingest: { ...ingest, acknowledged: 14_000 },
      tallies: [tally(10, { commits: 1_100 })],
      serve: { ...serve, messagesSent: 1_030, bytesSent: 90_000 },
      roles: [role("ingest", { cpuSeconds: 11.5 }), ...unmeasured],
    });
    expect(stateAfter(snapshot(0, result), later).flow).toEqual({
      acknowledgedPerSecond: 2_000,
      recordsPerSecond: 40,
      commitsPerSecond: 100,
      messagesPerSecond: 15,
      bytesPerSecond: 20_000,
      unconfirmedPerSecond: 0,
      overloadedPerSecond: 0,
      cpuCores: { [role("ingest").url]: 0.75 },
    });
  });

  it("is not known of a process that has just started", () => {
    const other = snapshot(2_000, result, {
      roles: [role("ingest", { pid: 999 })],
      ingest: { ...ingest, acknowledged: 5 },
    });
    const { flow } = stateAfter(snapshot(0, result), other);
    expect(flow.acknowledgedPerSecond).toBeNull();
  });
});

describe("how far the tallies are behind", () => {
  it("is the sum of this election's partitions, and as many votes as those hold", () => {
    const tallies = [tally(10), tally(0, { url: "http://127.0.0.1:5000", partitions: [] })];
    const counted = snapshot(0, figures({ ada: 16_000 }), { tallies });
    const behind = { records: 80, votes: 160, seconds: 4.2, partitions: 8, of: 8 };
    expect(behindOf(counted)).toEqual(behind);
    expect(behindOf(snapshot(0, result, { election: "other", tallies }))).toBeNull();
    expect(behindOf(snapshot(0, result, { tallies: [] }))).toBeNull();
  });

  it("is what serve says of the log and the view where no tally tells", () => {
    const behind = { records: 80, partitions: 3, since: startedAt - 12_000 };
    const counted = figures({ ada: 16_000 }, { behind });
    const told = { records: 80, votes: 160, seconds: 12, partitions: 3, of: 8 };
    expect(behindOf(snapshot(0, counted, { tallies: [] }))).toEqual(told);
    const half = tally(0, { partitions: tally(0).partitions.slice(4) });
    expect(behindOf(snapshot(0, counted, { tallies: [half] }))).toEqual(told);
    expect(behindOf(snapshot(0, counted, { tallies: [tally(0)] }))?.records).toBe(0);
  });
});
