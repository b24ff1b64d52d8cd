import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ElectionList } from "../../../src/runtime/contracts/http/election.js";
import type { DetailedResult } from "../../../src/runtime/contracts/http/result.js";
import { pythonWith } from "../../helpers/cluster/python.js";
import { electionOf } from "../../helpers/data/chains.js";
import { onTerminal, type TerminalStep } from "../../helpers/terminal/on-terminal.js";

const title = "vote monitor on a real terminal";
const available = await pythonWith(title, []);
const timeoutMs = 180_000;
const program = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));
const enter = "\u001b[?1049h";
const leave = "\u001b[?1049l";
const showCursor = "\u001b[?25h";
/** An uncaught exception at this signal. */
const crashing = 'process.on("SIGUSR2",()=>{throw new Error("planted")})';

const { keyId: _, ...election } = electionOf("demo", 1, 1);
const list: ElectionList = { elections: [{ ...election, status: "open" }] };
const result: DetailedResult = {
  election: "demo",
  title: "Demo",
  status: "open",
  official: false,
  revision: 1,
  counted: 1_234,
  rejected: {},
  retriesAbsorbed: 0,
  result: [{ candidate: "ada", name: "Ada", votes: 1_234, share: 1 }],
  sealedPartitions: 0,
  partitions: 1,
};

/** Serve's elections and result; it answers everything else with the result too. */
async function someServe(): Promise<string> {
  const server = createServer(({ url }, response) => {
    response.end(JSON.stringify(url?.endsWith("/elections") ? list : result));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function monitored(env: Readonly<Record<string, string>>, ...steps: TerminalStep[]) {
  const argv = [process.execPath, program, "monitor", "--serve-url", await someServe()];
  const own = { VOTE_SKIP_ENSURE: "1", TERM: "xterm-256color", XDG_STATE_HOME: tmpdir() };
  const plain = { NO_COLOR: "1", FORCE_COLOR: "", LANG: "C.UTF-8", LC_ALL: "" };
  const size = { columns: 80, rows: 24 };
  return onTerminal({ argv, env: { ...own, ...plain, ...env }, ...size, steps });
}

describe.runIf(available)(title, { timeout: timeoutMs }, () => {
  const shown = "1,234 counted";

  it.each([
    ["q", { until: shown, write: "q" }, 0],
    ["Ctrl+C", { until: shown, write: "\u0003" }, 130],
    ["SIGINT", { until: shown, signal: "SIGINT" }, 130],
    ["SIGTERM", { until: shown, signal: "SIGTERM" }, 130],
    ["SIGHUP", { until: shown, signal: "SIGHUP" }, 130],
    ["a crash", { until: shown, signal: "SIGUSR2" }, undefined],
  ])("gives it back as it was after %s", async (how, step, code) => {
    const preload = `--import=data:text/javascript,${encodeURIComponent(crashing)}`;
    const left = await monitored(how === "a crash" ? { NODE_OPTIONS: preload } : {}, step);
    if (code !== undefined) expect(left.code, left.output).toBe(code);
    else expect(left.code, left.output).not.toBe(0);
    expect(left.after).toEqual(left.before);
    const [before, ...after] = left.output.split(leave);
    expect(before).toContain(enter);
    expect(after).toHaveLength(1);
    // What is said of a crash has to stand on the screen that stays.
    expect(after[0].includes("planted")).toBe(how === "a crash");
    expect(left.output.lastIndexOf(showCursor)).toBeGreaterThan(left.output.indexOf(enter));
  });

  it("follows its size, and draws ASCII alone where that is all there is", async () => {
    const left = await monitored(
      { TERM: "linux", LANG: "C" },
      { until: shown, resize: [120, 40] },
      { until: "- Roles -", resize: [50, 10] },
      { until: "terminal too small", write: "q" },
    );
    expect(left.code).toBe(0);
    expect([...left.output].filter((character) => character > "~")).toEqual([]);
  });
});
