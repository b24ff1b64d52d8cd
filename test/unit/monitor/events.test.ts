import { describe, expect, it } from "vitest";
import { eventsBetween, partitionsText } from "../../../src/runtime/monitor/state/events.js";
import type { ReportedEvent, Snapshot } from "../../../src/runtime/monitor/state/snapshot.js";
import { figures, ingest, role, snapshot, startedAt, stateAfter, store } from "./samples.js";

const result = figures({ ada: 1 });
const before = snapshot(0, result);
const now = (changes: Partial<Snapshot>) => snapshot(1_000, result, changes);
const texts = (from: Snapshot, to: Snapshot) =>
  eventsBetween(from, to, new Map()).map(({ level, source, text }) => `${level} ${source} ${text}`);

function reported(
  number: number,
  name: string,
  changes: Partial<ReportedEvent> = {},
): ReportedEvent {
  const place = { election: "demo", partition: number, detail: "" };
  return { role: "tally", pid: 103, number, at: startedAt + number, name, ...place, ...changes };
}

describe("what the roles tell", () => {
  it("is one line for many of a kind", () => {
    const events = [0, 1, 2, 5].map((partition, index) => {
      return reported(index + 1, "assigned", { partition });
    });
    const fenced = reported(9, "fenced", { partition: 3 });
    expect(texts(before, now({ roleEvents: [...events, fenced] }))).toEqual([
      "info tally takes partitions 0-2, 5 of demo",
      "warning tally another tally was faster at partition 3 of demo: loads again",
    ]);
  });

  it("is told once, also when the role was away in between", () => {
    const first = snapshot(0, result, { roleEvents: [reported(1, "assigned")] });
    const away = snapshot(1_000, result, { roleEvents: [] });
    const again = snapshot(2_000, result, {
      roleEvents: [reported(1, "assigned"), reported(2, "revoked")],
    });
    const state = stateAfter(first, away, again);
    expect(state.events.map(({ text }) => text)).toEqual([
      "takes partition 1 of demo",
      "hands over partition 2 of demo",
    ]);
    expect(state.freshEvents).toHaveLength(1);
  });

  it("is kept once where it comes again and again, with the last reason", () => {
    const retry = (number: number, detail: string) => reported(number, "view-retry", { detail });
    const all = [retry(1, "gone"), retry(2, "still gone"), reported(3, "revoked")];
    const readings = all.map((_, index) =>
      snapshot(index, result, { roleEvents: all.slice(0, index + 1) }),
    );
    const { events } = stateAfter(...readings);
    expect(events.map(({ times, text }) => [times, text])).toEqual([
      [2, "publishes again: the view failed (still gone)"],
      [1, "hands over partition 3 of demo"],
    ]);
  });

  it("has the reason, and what is not known by its name", () => {
    const retry = reported(1, "ledger-retry", { detail: "throttled" });
    expect(texts(before, now({ roleEvents: [retry, reported(2, "moved")] }))).toEqual([
      "warning tally writes partition 1 of demo again: the ledger failed (throttled)",
      "info tally moved partition 2 of demo",
    ]);
  });
});

describe("what is seen from outside", () => {
  const away = role("ingest", { state: "unreachable", detail: "connection refused", pid: null });

  it("a role that goes away, comes back, or is another process", () => {
    const roles = [away];
    const gone = texts(before, now({ roles }));
    expect(gone).toEqual(["failure ingest cannot be reached: connection refused"]);
    expect(texts(now({ roles }), now({ roles }))).toEqual([]);
    const back = now({ roles: [role("ingest", { pid: 555 })] });
    expect(texts(now({ roles }), back)).toEqual(["info ingest is ready (process 555)"]);
    const restarted = now({ roles: [role("serve", { pid: 556, startedAt })] });
    expect(texts(before, restarted)).toEqual(["warning serve was started again (process 556)"]);
  });

  it("a store that does not answer, and answers again", () => {
    const down = now({ stores: [store("view", { reachable: false, missedBy: ["serve"] })] });
    expect(texts(before, down)).toEqual(["failure LMDB (view) does not answer serve"]);
    expect(texts(down, before)).toEqual(["info LMDB (view) answers"]);
  });

  it("an election's steps, and an ingest that the log keeps waiting", () => {
    const demo = { id: "demo", title: "Demo", createdAt: 1 };
    const open = snapshot(0, result, { elections: [{ ...demo, status: "open" }] });
    const closed = now({ elections: [{ ...demo, status: "closed" }] });
    expect(texts(open, closed)).toEqual(["info demo open -> closed"]);
    const kept = now({ ingest: { ...ingest, retries: 3, unconfirmed: 20 } });
    expect(texts(before, kept)).toEqual([
      "warning ingest appends again: the log failed 3 times",
      "warning ingest gave up 20 ballots: outcome unknown",
    ]);
  });

  it("a view that serve cannot read", () => {
    const stale = snapshot(1_000, figures({ ada: 1 }, { stale: true, asOf: startedAt }));
    expect(texts(before, stale)).toEqual(["failure serve cannot read the view"]);
    expect(texts(stale, before)).toEqual(["info serve reads the view again"]);
  });
});

it("partitions are told in runs", () => {
  expect(partitionsText([7])).toBe("partition 7");
  expect(partitionsText([3, 1, 2, 9, 9])).toBe("partitions 1-3, 9");
});
