import { describe, expect, it } from "vitest";
import { VoteError } from "../../../src/runtime/core/errors.js";
import {
  liveTallyLine,
  type MonitorRecord,
  monitorRecord,
  plainLine,
} from "../../../src/runtime/monitor/plain/plain.js";
import { lookOnce, watch } from "../../../src/runtime/monitor/plain/watch.js";
import { flowOf } from "../../../src/runtime/monitor/state/flow.js";
import { initialMonitorState } from "../../../src/runtime/monitor/state/reducer.js";
import type { RoleHealth, Snapshot } from "../../../src/runtime/monitor/state/snapshot.js";
import { figures, role, snapshot, startedAt, stateAfter, store, tally } from "./samples.js";

const away: RoleHealth = role("serve", {
  state: "unreachable",
  latencyMs: null,
  detail: "connection refused",
  pid: null,
  startedAt: null,
});
const early = figures({ ada: 1_000, grace: 500 });
const late = figures(
  { ada: 3_000, grace: 1_000 },
  { rejected: { "already-voted": 7 }, retriesAbsorbed: 3, status: "closed", sealedPartitions: 8 },
);

describe("the plain line", () => {
  it("has everything that matters, and no escape sequence", () => {
    const line = plainLine(stateAfter(snapshot(0, early), snapshot(1_000, late)));
    expect(line).toBe(
      "14:04:00  demo  Closed, awaiting recount  4,000 counted  2,507/s  " +
        "ada 75.0 % - grace 25.0 %  " +
        "rejected 7  retries 3  sealed 8/8",
    );
  });

  it("claims no rate before there are two results", () => {
    expect(plainLine(stateAfter(snapshot(0, early)))).not.toContain("/s");
    expect(plainLine(initialMonitorState)).toBe("connecting");
  });

  it("says how far the tallies are behind, and which store does not answer", () => {
    const tallies = [tally(25)];
    const stores = [store("log", { store: "Kafka", reachable: false }), store("view")];
    const line = plainLine(stateAfter(snapshot(0, early, { tallies, stores })));
    expect(line).toContain("behind 200 records (~38 votes), 4.2 s  Kafka (log) does not answer");
  });

  it("says what cannot be reached", () => {
    const line = plainLine(stateAfter(snapshot(0, null, { roles: [away] })));
    expect(line).toBe(
      "14:03:59  demo  Serve cannot be reached: connection refused.  serve unreachable",
    );
  });
});

describe("the record", () => {
  it("is the snapshot with rates, null until there are two results", () => {
    expect(monitorRecord(initialMonitorState)).toBeUndefined();
    const first = monitorRecord(stateAfter(snapshot(0, early)));
    const { roleEvents: _, ...rest } = snapshot(0, early);
    expect(first).toEqual({ ...rest, rates: null, flow: flowOf([]), alerts: [], events: [] });
    const second = monitorRecord(stateAfter(snapshot(0, early), snapshot(2_000, late)));
    expect(second?.rates).toEqual({
      votesPerSecond: 1_253.5,
      byCandidate: { ada: 1_000, grace: 250 },
    });
    expect(Object.keys(JSON.parse(JSON.stringify(second)))).toEqual([
      ...["at", "election", "elections", "result", "roles", "ingest", "tallies", "serve"],
      ...["stores", "problem", "rates", "flow", "alerts", "events"],
    ]);
  });
});

describe("watch", () => {
  /** Reads these one after the other and stops once as many have been written. */
  async function watched(snapshots: readonly Snapshot[]) {
    const stop = new AbortController();
    const written: { record: MonitorRecord; line: string }[] = [];
    let next = 0;
    await watch({
      read: async () => snapshots[next++],
      write: (record, line) => {
        written.push({ record, line });
        if (written.length === snapshots.length) stop.abort();
      },
      intervalMs: 1,
      signal: stop.signal,
    });
    return written;
  }

  it("writes one record a read and goes on when nothing is reached", async () => {
    const lost = snapshot(1_000, null, { roles: [away] });
    const written = await watched([snapshot(0, early), lost, snapshot(2_000, late)]);
    expect(written.map(({ record }) => record.at - startedAt)).toEqual([0, 1_000, 2_000]);
    expect(written.map(({ record }) => record.result?.counted)).toEqual([1_500, undefined, 4_000]);
    expect(written[2].line).toContain("4,000 counted");
  });

  it("ends at the signal although a read never does", async () => {
    const stop = new AbortController();
    const read = () => {
      setImmediate(() => stop.abort());
      return new Promise<Snapshot>(() => {});
    };
    const write = () => expect.unreachable();
    await watch({ read, write, intervalMs: 60_000, signal: stop.signal });
  });
});

describe("lookOnce", () => {
  it("gives the record and the line", async () => {
    const { record, line } = await lookOnce(async () => snapshot(0, early), "demo");
    expect(record).toMatchObject({ at: startedAt, rates: null, flow: flowOf([]) });
    expect(line).toContain("1,500 counted");
  });

  it("fails with a hint where nothing at all is reached", async () => {
    const failure = await lookOnce(async () => snapshot(0, null, { roles: [away] })).catch(
      (e) => e,
    );
    expect(failure).toBeInstanceOf(VoteError);
    expect(failure).toMatchObject({ code: "not-running", exitCode: 69 });
    expect(failure.message).toContain("serve at http://127.0.0.1:4001 (connection refused)");
    expect(failure.hint).toContain("vote dev");
  });

  it("shows what is left where only one role is away", async () => {
    const ingest: RoleHealth = { ...away, role: "ingest", state: "ready", detail: "" };
    const read = async () => snapshot(0, null, { roles: [ingest, away] });
    expect((await lookOnce(read)).line).toContain("serve unreachable");
  });

  it("refuses an election that is not there", async () => {
    const elections = [{ id: "demo", title: "Demo", status: "open", createdAt: 1 }] as const;
    const problem = "No election nope. There is: demo.";
    const read = async () => snapshot(0, null, { election: "nope", elections, problem });
    await expect(lookOnce(read, "nope")).rejects.toMatchObject({ code: "unknown-election" });
  });
});

describe("the live tally's line", () => {
  const props = {
    title: "Coin",
    status: "open",
    rows: early.result,
    rates: { votesPerSecond: 250_113.4, byCandidate: {} },
    phase: "Voting",
    elapsedSeconds: 3.9,
    totalSeconds: 10,
  } as const;

  it("says phase, time, status, votes, rate and shares", () => {
    expect(liveTallyLine(props)).toBe(
      "Voting 3/10 s  Unofficial, counting  1,500 counted  250,113/s  ada 66.7 % - grace 33.3 %",
    );
  });

  it.each([
    ["Preparing", "open", "Unofficial, counting"],
    ["Voting", "open", "Unofficial, counting"],
    ["Closing", "open", "Voting over, counting"],
    ["Sealing", "open", "Voting over, counting"],
    ["Sealing", "closed", "Voting over, counting"],
    ["Comparing", "open", "Closed, recounting"],
    ["Comparing", "closed", "Closed, recounting"],
    ["Certifying", "closed", "Closed, recounting"],
    ["Certified", "certified", "Official, certified"],
  ] as const)("while %s says the phase's standing, though serve still says %s", (...of) => {
    const [phase, status, standing] = of;
    expect(liveTallyLine({ ...props, phase, status })).toContain(`  ${standing}  `);
  });

  it("shows the mean once the voting is over, and no rate as if it were current", () => {
    const line = liveTallyLine({ ...props, phase: "Certified", meanPerSecond: 249_870 });
    expect(line).toContain("1,500 counted  mean 249,870/s  ada");
    expect(line).not.toContain("250,113/s");
  });

  it("stops counting down when it takes longer than planned", () => {
    expect(liveTallyLine({ ...props, elapsedSeconds: 12 })).toContain("Voting 12 s");
  });
});
