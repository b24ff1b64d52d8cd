import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/runtime/monitor/state/snapshot.js";
import { standingOf } from "../../../src/runtime/monitor/state/standing.js";
import { figures, ingest, role, snapshot, startedAt, stateAfter, store, tally } from "./samples.js";

const result = figures({ ada: 16_000 });
const away = { state: "unreachable", latencyMs: null, detail: "connection refused" } as const;
const tallyAway = { roles: [role("ingest"), role("tally", away), role("serve")], tallies: [] };
const behind = { records: 80, partitions: 3, since: startedAt - 12_000 };
const alerts = (...snapshots: readonly Snapshot[]) =>
  stateAfter(...snapshots).alerts.map(({ severity, source, text }) =>
    [severity, source, text].join(" "),
  );

describe("an alert", () => {
  it("is not raised while all is well", () => {
    expect(alerts(snapshot(0, result))).toEqual([]);
  });

  it("says that no tally answers, and what serve knows of the backlog", () => {
    const dead = snapshot(0, figures({ ada: 16_000 }, { behind }), tallyAway);
    expect(alerts(dead)).toEqual([
      "critical tally does not answer, 80 records (~160 votes) waiting: connection refused",
    ]);
    const one = { ...behind, records: 1, partitions: 1 };
    const single = figures({ ada: 8_000 }, { behind: one });
    expect(alerts(snapshot(0, single, tallyAway))[0]).toContain(", 1 record (~1 vote) waiting");
    expect(alerts(snapshot(0, result, tallyAway))[0]).toContain("not answer: connection refused");
  });

  it("is a warning where other tallies take over", () => {
    const other = role("tally", { ...away, url: "http://127.0.0.1:4999" });
    const { roles } = snapshot(0, result);
    expect(alerts(snapshot(0, result, { roles: [...roles, other] }))[0]).toMatch(/^warning tally/);
  });

  it.each([
    [{ roles: [role("ingest", away)] }, "critical ingest does not answer: connection refused"],
    [{ roles: [role("admin", away)] }, "warning admin does not answer: connection refused"],
    [
      { roles: [role("ingest", { state: "not-ready", detail: "No log." })] },
      "critical ingest not ready: No log.",
    ],
    [
      { stores: [store("log", { reachable: false, missedBy: ["ingest"], detail: "Why." })] },
      "critical LMDB (log) does not answer ingest: Why.",
    ],
    [{ tallies: [tally(10)] }, "warning tally 4.2 s behind: 80 records (~160 votes) waiting"],
    [
      { tallies: [tally(0, { viewLagMs: 6_000 })] },
      "warning view figures have been waiting for it for 6.0 s",
    ],
    [
      { roles: [role("ingest", { diskFreeBytes: 1_500_000_000 }), role("serve")] },
      "critical disk 1.5 GB of 100 GB left to ingest",
    ],
    [
      { roles: [role("ingest"), role("tally")].map((one) => ({ ...one, diskFreeBytes: 9e9 })) },
      "warning disk 9.0 GB of 100 GB left to ingest, tally",
    ],
  ])("of %j", (changes, expected) => {
    expect(alerts(snapshot(0, result, changes))).toEqual([expected]);
  });

  it("of ingest ends a moment after the trouble", () => {
    const refusing = { ...ingest, unconfirmed: 50, refused: { overloaded: 10 } };
    const bad = snapshot(1_000, result, { ingest: refusing });
    expect(alerts(snapshot(0, result), bad)).toEqual([
      "critical ingest the log does not confirm ballots: 50/s",
      "critical ingest refuses requests as overloaded: 10/s",
    ]);
    const later = [2_000, 5_000, 9_000].map((at) => snapshot(at, result, { ingest: refusing }));
    expect(alerts(snapshot(0, result), bad, ...later)).toEqual([]);
  });

  it("names a halted partition with its damage, the critical ones first", () => {
    const { partitions } = tally(10);
    const damaged = { ...partitions[2], state: "halted", halted: "position 7: bad hash" } as const;
    const tallies = [tally(0, { partitions: [...partitions, damaged] })];
    expect(alerts(snapshot(0, result, { tallies }))[0]).toBe(
      "critical tally partition 2 of demo is halted: position 7: bad hash",
    );
  });

  it("keeps the time at which it was seen first, which may be before the monitor", () => {
    const [well, ill, worse] = [
      snapshot(0, result),
      ...[1, 2].map((n) => {
        return snapshot(n * 1_000, figures({ ada: n }, { behind }), tallyAway);
      }),
    ];
    const since = (...all: readonly Snapshot[]) => {
      const [{ since: at, before }] = stateAfter(...all).alerts;
      return { at: at - startedAt, before };
    };
    expect(since(well, ill, worse)).toEqual({ at: 1_000, before: false });
    expect(since(ill, worse)).toEqual({ at: 1_000, before: true });
    // The monitor was paused meanwhile.
    expect(since(snapshot(-60_000, result), ill)).toEqual({ at: 1_000, before: true });
    expect(stateAfter(ill, snapshot(2_000, result)).alerts).toEqual([]);
  });
});

describe("where a result stands", () => {
  const standing = (
    changes: Parameters<typeof figures>[1],
    more: Parameters<typeof snapshot>[2] = {},
  ) => {
    const { result: read, ...rest } = snapshot(0, figures({ ada: 1 }, changes), more);
    return read && standingOf(read, { ...rest, result: read });
  };
  const listed = { id: "demo", title: "Demo", createdAt: 1 };

  it("follows the election, what is sealed, and whether a tally runs", () => {
    expect(standing({ status: "draft" })).toBe("draft");
    expect(standing({})).toBe("counting");
    expect(standing({}, tallyAway)).toBe("tally-down");
    expect(standing({ status: "closed", sealedPartitions: 7 })).toBe("closing");
    expect(standing({ status: "closed", sealedPartitions: 7 }, tallyAway)).toBe("tally-down");
    expect(standing({ status: "closed", sealedPartitions: 8 }, tallyAway)).toBe("awaiting-recount");
    expect(standing({ status: "certified", official: true }, tallyAway)).toBe("certified");
  });

  it("is not open any more once the end has come, or the registry says so", () => {
    const ending = { ...listed, status: "open", closesAt: startedAt } as const;
    expect(standing({}, { elections: [ending] })).toBe("closing");
    const later = { ...ending, closesAt: startedAt + 1 };
    expect(standing({}, { elections: [later] })).toBe("counting");
    expect(standing({}, { elections: [{ ...listed, status: "closed" }] })).toBe("closing");
    const sealed = { sealedPartitions: 8 };
    expect(standing(sealed, { elections: [{ ...listed, status: "closed" }] })).toBe(
      "awaiting-recount",
    );
  });
});
