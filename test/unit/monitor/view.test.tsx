import chalk from "chalk";
import { render } from "ink-testing-library";
import { afterEach, describe, expect, it } from "vitest";
import { MonitorView } from "../../../src/runtime/monitor/screen/view.js";
import { type MonitorState, reduceMonitor } from "../../../src/runtime/monitor/state/reducer.js";
import { type Size, sizeOf } from "../../../src/runtime/monitor/terminal/terminal-size.js";
import { type Theme, ThemeContext } from "../../../src/runtime/monitor/terminal/theme.js";
import { figures, ingest, role, snapshot, startedAt, stateAfter, store, tally } from "./samples.js";

const plain: Theme = { color: false, unicode: true };
const small: Size = { columns: 80, rows: 24 };
const large: Size = { columns: 120, rows: 40 };
const huge: Size = { columns: 200, rows: 60 };

const level = chalk.level;
afterEach(() => {
  chalk.level = level;
});

/** ink-testing-library's terminal is 100 columns wide; this one is as wide as asked. */
function frame(state: MonitorState, size: Size, theme = plain): string {
  const view = () => (
    <ThemeContext.Provider value={theme}>
      <MonitorView state={state} size={size} />
    </ThemeContext.Provider>
  );
  const terminal = render(view());
  Object.defineProperty(terminal.stdout, "columns", { value: size.columns });
  terminal.rerender(view());
  const drawn = terminal.lastFrame() ?? "";
  terminal.unmount();
  return drawn;
}

const votes = { "Ada Lovelace": 1_234_500, "Grace Hopper": 617_250, "Alan Turing": 617_250 };
const rejected = { "already-voted": 65_000, "election-closed": 432 };
const assigned = { role: "tally", pid: 103, at: startedAt, name: "assigned", detail: "" } as const;
const roleEvents = [0, 1, 2].map((partition) => {
  return { ...assigned, number: partition + 1, election: "demo", partition };
});
const counting = stateAfter(
  snapshot(0, figures({ ...votes, "Ada Lovelace": 1_134_500 }, { rejected }), { roleEvents }),
  snapshot(1_000, figures(votes, { rejected, retriesAbsorbed: 12_345, sealedPartitions: 1 }), {
    roleEvents,
    ingest: { ...ingest, acknowledged: 10_500 },
    roles: [role("ingest", { cpuSeconds: 10.5 }), role("tally"), role("serve"), role("admin")],
    tallies: [tally(0, { commits: 1_000 })],
  }),
);

describe.each([
  ["80x24", small],
  ["120x40", large],
  ["200x60", huge],
])("a frame at %s", (_, size) => {
  const drawn = frame(counting, size);
  const lines = drawn.split("\n");

  it("leaves one row free and fits the width", () => {
    expect(lines).toHaveLength(size.rows - 1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
    // Titles and the footer reach the right edge but for the margin.
    expect(Math.max(...lines.map((line) => line.length))).toBe(size.columns - 1);
  });

  it("says how far the result may be trusted, and which panels there are", () => {
    expect(lines[0]).toContain("Who should be on the coin? (demo)");
    expect(lines[0].trimEnd().endsWith("● Unofficial, counting")).toBe(true);
    expect(lines[1]).toMatch(/\[1 Overview\] +2 Tallies +3 Pipeline .* 6 Elections/);
  });

  it("has bars, numbers, shares and deltas, in the election's order", () => {
    expect(lines[2]).toMatch(/─ Tallies ─+ 2,469,000 counted ─/);
    expect(lines[3]).toMatch(/Ada Lovelace +█+░+ +1,234,500 +50\.0 % +\+100,000\/s/);
    expect(lines[4]).toMatch(/Grace Hopper +█+░+ +617,250 +25\.0 % +\+0\/s/);
    expect(lines[5]).toContain("Alan Turing");
  });

  it("has the way of a vote from ingest to the clients", () => {
    expect(drawn).toMatch(/Votes +100,000\/s +█/);
    expect(drawn).toMatch(/Ingest +500\/s +p99 12 ms · 10,500 since start · 120 waiting/);
    expect(drawn).toMatch(/Tally +up to date +1 of 8 sealed · 12,345 retries absorbed/);
    expect(drawn).toMatch(/Ledger +100 commits\/s +p50 0\.57 ms · p99 4\.7 ms/);
    expect(drawn).toMatch(/View +400 ms old/);
    expect(drawn).toMatch(/Clients +15 +12 SSE · 3 WebSocket · 0 sent\/s/);
    expect(drawn).toMatch(/Rejected +65,432 +already-voted 65,000 · election-closed 432/);
  });

  it("has the health of roles and engine, what has happened, and the keys", () => {
    expect(drawn).toMatch(/✓ ingest 2 ms|ingest +✓ ready +50 % +120 MB +40\.0 GB/);
    expect(drawn).toMatch(/✓ LMDB \(log\) 1\.5 ms|log +LMDB +✓ reachable in 1\.5 ms/);
    expect(drawn).toMatch(/14:03:59 +· tally takes partitions 0-2 of demo/);
    expect(lines.at(-1)).toMatch(/q quit .* \? help +14:04:00, every 500 ms/);
  });
});

describe("panels", () => {
  const shows = (key: string, state = counting, size = small) =>
    frame(reduceMonitor(state, { type: "key", key }), size);

  it("pipeline: what was refused and rejected, and partitions, furthest behind first", () => {
    const { partitions } = tally();
    const late = { ...partitions[5], end: 1_030, lagRecords: 30, lagSeconds: 4.2 };
    const tallies = [tally(0, { partitions: [...partitions.slice(0, 5), late] })];
    const drawn = shows("3", stateAfter(snapshot(0, figures(votes, { rejected }), { tallies })));
    expect(drawn).toMatch(/! 4\.2 s +behind +30 records \(~[\d,]+ votes\) · 1 of 6 partitions/);
    expect(drawn).toMatch(
      /Rejected by the tally ─+ 65,432 ─ +─ Refused by ingest ─+ 7 since start ─/,
    );
    expect(drawn).toMatch(/already-voted +65,000 +99\.3 % +invalid-token +7 +100\.0 %/);
    expect(drawn).toMatch(/partition +decided to +log's end +behind +for *\n +5 +1,000 +1,030 +30/);
  });

  it("health: each role and store, and who cannot reach what", () => {
    const stores = [
      store("log", {
        store: "Kafka",
        reachable: false,
        latencyMs: null,
        detail: "The log does not take ballots right now.",
        missedBy: ["ingest"],
      }),
      store("view", { store: "Redis", reachable: null, latencyMs: null }),
    ];
    const drawn = shows("4", stateAfter(snapshot(0, figures(votes), { stores })), large);
    expect(drawn).toMatch(/ CPU +memory +disk free +answers in +up +process/);
    expect(drawn).toMatch(/tally +✓ ready +120 MB +40\.0 GB +5 ms +60 s +103 +http:/);
    expect(drawn).toMatch(/log +Kafka +✗ no answer +missed by ingest: The log does not/);
    expect(drawn).toMatch(/view +Redis +○ not known +needed by ingest, tally/);
  });

  it("elections: the cursor is kept in sight", () => {
    const elections = Array.from({ length: 40 }, (_, n) => {
      return { id: `election-${n}`, title: `Number ${n}`, status: "draft", createdAt: n } as const;
    });
    let state = stateAfter(snapshot(0, figures(votes), { elections }));
    state = reduceMonitor(state, { type: "key", key: "6" });
    expect(frame(state, small)).toMatch(/▸ election-39 +○ Draft, not open yet +Number 39/);
    for (let n = 0; n < 30; n++) state = reduceMonitor(state, { type: "key", key: "down" });
    expect(frame(state, small)).toContain("▸ election-9 ");
  });

  it("events: the newest first", () => {
    const lines = shows("5").split("\n");
    expect(lines[3]).toMatch(/tally takes partitions 0-2 of demo/);
  });
});

describe("the status", () => {
  it.each([
    ["draft", false, "○ Draft, not open yet"],
    ["closed", false, "◐ Closed, awaiting recount"],
    ["certified", true, "✓ Official, certified"],
    // The registry is ahead of the view: running figures are not the certified ones.
    ["certified", false, "◐ Closed, awaiting recount"],
  ] as const)("%s, official %s: %s", (status, official, text) => {
    const digest = official ? "9f2c77" : null;
    const sealedPartitions = status === "draft" ? 0 : 8;
    const changes = { status, official, digest, sealedPartitions };
    const state = stateAfter(snapshot(0, figures(votes, changes)));
    const drawn = frame(state, small);
    expect(drawn).toContain(text);
    expect(drawn.includes("9f2c77")).toBe(official);
  });

  it("is disputed once the certifier has stopped, and says which recount names the place", () => {
    const disputed = { since: startedAt, finding: "live-count", partition: 3 };
    const changes = { status: "closed", sealedPartitions: 8, disputed } as const;
    const drawn = frame(stateAfter(snapshot(0, figures(votes, changes))), small);
    expect(drawn).toContain("✗ Disputed, not official");
    expect(drawn).not.toContain("awaiting");
    expect(drawn).toMatch(/Next: .*recount .*--election demo/);
  });
});

describe("what is to be done", () => {
  const away = role("tally", {
    state: "unreachable",
    latencyMs: null,
    detail: "connection refused",
  });
  const behind = { records: 80, partitions: 3, since: startedAt - 12_000 };
  const changes = { roles: [role("ingest"), away, role("serve")], tallies: [] };
  const dead = stateAfter(
    snapshot(0, figures(votes)),
    snapshot(1_000, figures(votes, { behind }), changes),
  );

  it.each([small, large, huge])("is said with what is wrong, since when, at %j", (size) => {
    const lines = frame(dead, size).split("\n");
    expect(lines[0].trimEnd().endsWith("✗ Unofficial, tally down")).toBe(true);
    expect(lines[2]).toMatch(/✗ .*tally does not answer, 80 records .* +since 14:04:00/);
    expect(lines[3]).toContain("▸ Look at its log, start it again. Acknowledged votes wait; none");
    expect(lines.join("\n")).toMatch(/Tally +! 13\.0 s behind +down · 80 records/);
    expect(lines.length).toBe(size.rows - 1);
  });

  it.each([
    { columns: 60, rows: 15 },
    { columns: 60, rows: 20 },
  ])("fits at %j", (size) => {
    const lines = frame(dead, size).split("\n");
    expect(lines).toHaveLength(size.rows - 1);
    expect(lines[2]).toMatch(/✗ tally does not answer.* since 14:04:00/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
    expect(lines.at(-1)).toContain("q quit");
  });

  it("is listed among the events, all of it", () => {
    const stores = [store("view", { reachable: false, missedBy: ["serve"], detail: "Why." })];
    const worse = stateAfter(snapshot(0, figures(votes), { ...changes, stores }));
    expect(frame(worse, small)).toContain("since before 14:03:59 (1 more: 5)");
    const drawn = frame(reduceMonitor(worse, { type: "key", key: "5" }), large);
    expect(drawn).toMatch(/─ Alerts ─/);
    expect(drawn).toMatch(/✗ critical: LMDB \(view\) does not answer serve: Why\./);
    expect(drawn).toContain("▸ Viewers see old figures until it answers.");
  });

  it("is the recount once all votes are counted, and nothing before and after it", () => {
    const next = /▸ Next: \.\/vote recount --election demo/;
    const closed = { status: "closed", sealedPartitions: 8 } as const;
    const at = (more: Parameters<typeof figures>[1]) =>
      frame({ ...stateAfter(snapshot(0, figures(votes, more))), ...called }, small);
    const called = { recountCommand: "./vote recount" };
    expect(at(closed)).toMatch(next);
    expect(at(closed)).toMatch(/Tally +all counted +8 of 8 sealed/);
    expect(at({ ...closed, sealedPartitions: 7 })).not.toMatch(next);
    expect(at({ ...closed, status: "certified", official: true })).not.toMatch(next);
    expect(at({})).not.toMatch(next);
  });
});

describe("the graph", () => {
  const busy = stateAfter(
    ...Array.from({ length: 90 }, (_, n) =>
      snapshot(n * 1_000, figures({ ada: n * 5_000 }), {
        ingest: { ...ingest, acknowledged: n * 5_000 },
        tallies: [tally(n < 80 ? 0 : 20)],
      }),
    ),
  );

  it.each([
    ["120x40", large],
    ["200x60", huge],
  ])("has axes with units and times at %s, and leaves no room unused", (_, size) => {
    const drawn = frame(busy, size);
    expect(drawn).toMatch(/─ Over time ─+ a column is 1 s, each rate the mean of 5 s ─/);
    expect(drawn).toMatch(/Ballots in +5,000\/s │ +█+/);
    expect(drawn).toMatch(/Counted +5,000\/s │ +█+/);
    expect(drawn).toMatch(/Behind +5 s │/);
    expect(drawn).toMatch(/ 0 │ +▁{80,81}█{10}/);
    expect(drawn).toMatch(/└[─┬]+/);
    expect(drawn).toMatch(/14:04:15 +14:04:30 +14:04:45/);
    const blank = drawn.split("\n").filter((line) => line.trim() === "");
    expect(blank.length).toBeLessThanOrEqual(3);
  });

  it("leaves 80x24 to what matters most", () => {
    expect(frame(busy, small)).not.toContain("Over time");
  });
});

describe("what cannot be reached", () => {
  it("is said, and the last figures stay with their age", () => {
    const detail = "connection refused";
    const away = { state: "unreachable", latencyMs: null, detail, pid: null } as const;
    const roles = [role("ingest"), role("serve", away)];
    const seen = snapshot(1_000, figures(votes));
    const drawn = frame(stateAfter(seen, snapshot(13_000, null, { roles })), small);
    expect(drawn).toMatch(/✗ Serve cannot be reached: .* These figures are 12 s old\./);
    expect(drawn).toMatch(/✓ ingest 2 ms +✗ serve unreachable/);
    expect(drawn).toMatch(/✗ serve cannot be reached: connection refused/);
    expect(drawn).toContain("1,234,500");
    expect(drawn).not.toContain("+0/s");
    expect(drawn).toMatch(/Votes +unknown/);
    expect(frame(stateAfter(snapshot(0, null, { roles })), small)).toContain("✗ serve unreachable");
  });

  it("says so when serve itself cannot read the view", () => {
    const seen = snapshot(9_000, figures(votes, { stale: true, asOf: snapshot(0, null).at }));
    expect(frame(stateAfter(seen), small)).toContain("These figures are 9 s old.");
  });
});

describe("room", () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`candidate-${n}`, n * 10]));

  it.each([small, large, { columns: 60, rows: 15 }])(
    "runs out: the leading candidates and a line about the others, at %j",
    (size) => {
      const drawn = frame(stateAfter(snapshot(0, figures(many))), size);
      expect(drawn.split("\n").length).toBeLessThanOrEqual(size.rows - 1);
      expect(drawn).toContain("candidate-59");
      expect(drawn).not.toContain("candidate-0 ");
      expect(drawn).toMatch(/… \d+ more with [\d,]+ votes/);
      expect(drawn).toContain("q quit");
      expect(drawn).toMatch(/Rejected +0/);
    },
  );

  it.each([
    { columns: 59, rows: 15 },
    { columns: 60, rows: 14 },
    { columns: 10, rows: 2 },
  ])("is too small at %j, and says so", (size) => {
    const drawn = frame(counting, size);
    expect(drawn.replace("…", "")).toContain("terminal".slice(0, size.columns - 1));
    expect(drawn).not.toContain("Ada");
    expect(drawn.split("\n").length).toBeLessThanOrEqual(size.rows - 1);
  });

  it("is taken as 80x24 where a pty has no size", () => {
    expect(sizeOf({ columns: 0, rows: 0 })).toEqual(small);
    expect(sizeOf({})).toEqual(small);
    expect(sizeOf({ columns: 120, rows: 40 })).toEqual(large);
  });
});

describe("colour and characters", () => {
  const escapeSequence = "\u001b[";

  it("are written with colours, and without one escapeSequence when there are none", () => {
    chalk.level = 1;
    expect(frame(counting, small, { color: true, unicode: true })).toContain(escapeSequence);
    expect(frame(counting, small, { color: false, unicode: true })).not.toContain(escapeSequence);
  });

  it("keep to ASCII where that is all there is", () => {
    const drawn = frame(counting, small, { color: false, unicode: false });
    expect(drawn).toMatch(/^[\x20-\x7e\n]+$/);
    expect(drawn).toContain("* Unofficial, counting");
  });
});
