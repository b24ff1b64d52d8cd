import chalk from "chalk";
import { render } from "ink-testing-library";
import { afterEach, describe, expect, it } from "vitest";
import type { MonitorState } from "../../../src/runtime/monitor/reducer.js";
import { type Size, sizeOf } from "../../../src/runtime/monitor/terminal-size.js";
import { type Theme, ThemeContext } from "../../../src/runtime/monitor/theme.js";
import { MonitorView } from "../../../src/runtime/monitor/view.js";
import { figures, snapshot, stateAfter } from "./samples.js";

const plain: Theme = { color: false, unicode: true };
const small: Size = { columns: 80, rows: 24 };
const large: Size = { columns: 120, rows: 40 };

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
const counting = stateAfter(
  snapshot(0, figures({ ...votes, "Ada Lovelace": 1_134_500 }, { rejected })),
  snapshot(1_000, figures(votes, { rejected, retriesAbsorbed: 12_345, sealedPartitions: 1 })),
);

describe.each([
  ["80x24", small],
  ["120x40", large],
])("a frame at %s", (_, size) => {
  const drawn = frame(counting, size);
  const lines = drawn.split("\n");

  it("leaves one row free and fits the width", () => {
    expect(lines).toHaveLength(size.rows - 1);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(size.columns);
    expect(Math.max(...lines.map((line) => line.length))).toBe(size.columns);
  });

  it("says how far the result may be trusted", () => {
    expect(lines[0]).toContain("Who should be on the coin? (demo)");
    expect(lines[0].trimEnd().endsWith("● Unofficial, counting")).toBe(true);
  });

  it("has bars, numbers, shares and deltas, in the election's order", () => {
    expect(lines[2]).toMatch(/Ada Lovelace █+░+ +1,234,500 +50\.0 % +\+100,000\/s/);
    expect(lines[3]).toMatch(/Grace Hopper █+░+ +617,250 +25\.0 % +\+0\/s/);
    expect(lines[4]).toContain("Alan Turing");
  });

  it("has the pipeline and the health of the roles", () => {
    expect(drawn).toMatch(/Votes +100,000\/s +█/);
    expect(drawn).toContain("65,432: already-voted 65,000 · election-closed 432");
    expect(drawn).toContain("2,469,000 counted · 12,345 retries absorbed · 1 of 8 sealed");
    expect(drawn).toMatch(/ingest +✓ ready in 2 ms +http:\/\/127\.0\.0\.1:4000/);
    expect(lines.at(-1)).toMatch(/q quit .* \? help .*every 500 ms +updated 14:04:00/);
  });
});

describe("the status", () => {
  it.each([
    ["draft", false, "○ Draft, not open yet"],
    ["closed", false, "◐ Closed, recounting"],
    ["certified", true, "✓ Official, certified"],
    // The registry is ahead of the view: running figures are not the certified ones.
    ["certified", false, "◐ Closed, recounting"],
  ] as const)("%s, official %s: %s", (status, official, text) => {
    const digest = official ? "9f2c77" : null;
    const state = stateAfter(snapshot(0, figures(votes, { status, official, digest })));
    const drawn = frame(state, small);
    expect(drawn).toContain(text);
    expect(drawn.includes("9f2c77")).toBe(official);
  });
});

describe("what cannot be reached", () => {
  it("is said, and the last figures stay with their age", () => {
    const roles = [
      {
        role: "serve",
        url: "http://127.0.0.1:4001",
        state: "unreachable",
        latencyMs: null,
        detail: "connection refused",
      },
    ] as const;
    const seen = snapshot(1_000, figures(votes));
    const drawn = frame(stateAfter(seen, snapshot(13_000, null, { roles })), small);
    expect(drawn).toMatch(/✗ Serve cannot be reached: .* These figures are 12 s old\./);
    expect(drawn).toMatch(/serve +✗ unreachable +http:\/\/127\.0\.0\.1:4001 +connection refused/);
    expect(drawn).toContain("1,234,500");
    expect(drawn).not.toContain("0/s");
    expect(drawn).toMatch(/Votes +unknown/);
    expect(frame(stateAfter(snapshot(0, null, { roles })), small)).toContain("✗ unreachable");
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
      expect(drawn).toContain("retries absorbed");
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
