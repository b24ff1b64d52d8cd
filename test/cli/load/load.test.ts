import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadRecord } from "../../../src/runtime/contracts/load/load-record.js";
import { documentedShape, undocumented } from "../../helpers/documented-json.js";
import { type Finished, type Sandbox, sandbox } from "../../helpers/run-vote.js";
import { sampleRecord } from "../../unit/load/report/sample-record.js";

const timeoutMs = 180_000;

let box: Sandbox;
beforeAll(async () => {
  box = sandbox();
  await box.start("dev", "--port", "0", "--json").line(/"event":"ready"/);
}, timeoutMs);
afterAll(() => box.remove());

function recordOf({ stdout }: Finished): LoadRecord {
  return JSON.parse(stdout) as LoadRecord;
}

function scenarioFile(name: string, lines: readonly string[]): string {
  const path = join(box.path, name);
  writeFileSync(path, lines.join("\n"));
  return path;
}

const small = ["name: small", "durationSeconds: 0.5", "via: log", "votesPerSecond: 400"];

describe("vote load", { timeout: timeoutMs }, () => {
  it.each(["log", "http", "http-batch"])("finds the running vote dev, via %s", async (via) => {
    const args = ["--rps", "300", "--duration", "1s", "--via", via, "--json"];
    const finished = await box.vote("load", ...args);
    expect(finished).toMatchObject({ code: 0, stderr: "" });
    const record = recordOf(finished);
    expect(record).toMatchObject({ election: "sample", targetPerSecond: 300, verdict: "pass" });
    expect(record).toMatchObject({ lost: 0, double: 0, unknown: 0, reconciled: true });
    expect(record.agreement).toEqual({ generator: true, view: true, ledger: true, recount: true });
    expect(record.sent).toBe(record.acknowledged + record.refused);
    expect(record.sent).toBeGreaterThan(0);
  });

  it("prints a report for people, verdict first", async () => {
    const { code, stdout } = await box.vote("load", "--rps", "200", "--duration", "1s");
    expect(stdout).toMatch(
      /^Sending to election sample: 200\/s in gateways' batches over HTTP\.\n/,
    );
    expect(code).toBe(0);
    const [, ballots] =
      /✓ correct {2}every one of (\d+) .*\n· fast .*\n {2}default on election sample/.exec(
        stdout,
      ) ?? [];
    expect(Number(ballots)).toBeGreaterThan(0);
    expect(Number(ballots)).toBeLessThanOrEqual(200);
    expect(stdout).toMatch(new RegExp(`^ +sent +${ballots}$`, "m"));
    expect(stdout).toContain("generator = view = ledger");
  });

  it("finds in the election's trail that vote dev opened it", async () => {
    const { stdout } = await box.vote("election", "trail", "sample", "--json");
    const { changes } = JSON.parse(stdout) as { changes: readonly { by: string }[] };
    expect(changes.map(({ by }) => by)).toEqual(["vote dev", "vote dev"]);
  });

  it("ends with 99 when a threshold is breached", async () => {
    const file = scenarioFile("fast.yaml", [...small, 'thresholds: { votes: ["rate>=1000000"] }']);
    const finished = await box.vote("load", "--scenario", file, "--json");
    expect(finished.code).toBe(99);
    expect(recordOf(finished)).toMatchObject({ reconciled: true, verdict: "fail" });
  });

  it("ends with 99 as soon as a threshold is breached, if it is told to", async () => {
    const args = ["--rps", "100", "--duration", "10m", "--abort-on-fail", "--json"];
    const finished = await box.vote("load", ...args, "--threshold", "visible: min<1us");
    expect(finished.code).toBe(99);
    const record = recordOf(finished);
    expect(record).toMatchObject({ reconciled: true, interrupted: true, verdict: "fail" });
    expect(record.abortedBy).toMatchObject({ metric: "visible", expression: "min<1us" });
    expect(record.thresholds).toMatchObject([{ metric: "visible", passed: false }]);
  });

  it("writes its reports, and the command that runs it again", async () => {
    const args = ["--rps", "200", "--duration", "1s", "--threshold", "p(99)<600s"];
    const out = ["--out", "json=run.json", "--out", "html=run.html", "--out", "hdr=run.hlog"];
    expect((await box.vote("load", ...args, ...out)).code).toBe(0);
    const read = (name: string) => readFileSync(join(box.path, name), "utf8");
    const record = JSON.parse(read("run.json")) as LoadRecord;
    expect(record).toMatchObject({ election: "sample", verdict: "pass" });
    const quoted = args.map((word) => (word.startsWith("p(") ? `'${word}'` : word));
    const again = `vote load ${quoted.join(" ")} ${out.join(" ")}`;
    expect(record.command).toBe(`${again} --seed ${record.seed}`);
    expect(read("run.html")).toContain("chart-latency");
    expect(read("run.hlog")).toContain("Tag=visible,");
  });

  it("ends with 130 after Ctrl+C, with what was sent until then reconciled", async () => {
    const load = box.start("load", "--rps", "100", "--duration", "10m");
    await load.line(/[1-9]\d*\/600 s/);
    load.child.kill("SIGINT");
    const { code, stdout } = await load.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted[\s\S]*generator = view = ledger = recount/);
  });

  it.each([
    [["--rps", "0"], "invalid-usage"],
    [["--duration", "soon"], "invalid-usage"],
    [["--duration", "100d"], "invalid-scenario"],
    [["--via", "http", "--target", "http://192.0.2.1:4000"], "invalid-usage"],
    [["--election", "nobody-knows"], "unknown-election"],
    [["--threshold", "p(99)<soon"], "invalid-usage"],
    [["--abort-on-fail"], "invalid-usage"],
    [["--out", "pdf=run.pdf"], "invalid-usage"],
    [["--out", "html=nowhere/run.html"], "invalid-usage"],
    [["--scenario", "/nowhere/at-all.yaml"], "invalid-scenario"],
  ])("refuses %j with 2", async (args, code) => {
    const finished = await box.vote("load", ...args, "--json");
    expect(finished.code).toBe(2);
    expect(JSON.parse(finished.stdout)).toMatchObject({ error: { code } });
  });

  it("names file and field of a scenario that is not right", async () => {
    const file = scenarioFile("wrong.yaml", [...small, "votersPerSecond: 3"]);
    const { code, stderr } = await box.vote("load", "--scenario", file);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /Error: wrong\.yaml: votersPerSecond is not known\.\nHint: Did you mean votesPerSecond\? All/,
    );
  });
});

describe("vote load compare", { timeout: timeoutMs }, () => {
  const compare = (...args: string[]) => box.vote("load", "compare", ...args);
  /** Twelve seconds of the same latencies, as a run of that length leaves them. */
  function recordFile(name: string, factor: number): string {
    const summary = { p50: 10, p90: 20, p95: 25, p99: 40, p999: 50, max: 60, mean: 12 };
    const scaled = Object.fromEntries(
      Object.entries(summary).map(([key, ms]) => [key, ms * factor]),
    ) as unknown as typeof summary;
    const pair = { p50: scaled.p50, p99: scaled.p99 };
    const latencyMs = { acknowledge: pair, visible: pair, scheduleLag: pair };
    const counts = { due: 100, sent: 100, acknowledged: 100, refused: 0 };
    const rows = Array.from({ length: 12 }, (_, second) => {
      return { atMs: second * 1_000, ...counts, latencyMs };
    });
    const record = sampleRecord({
      latencyMs: { acknowledge: scaled, acknowledgeRaw: scaled, visible: scaled },
      sendingMs: 12_000,
      timeline: { everyMs: 1_000, rows },
    });
    const path = join(box.path, name);
    writeFileSync(path, JSON.stringify(record));
    return path;
  }

  it("ends with 0 where nothing is worse, and with 99 where something is", async () => {
    const [before, after] = [recordFile("before.json", 1), recordFile("after.json", 2)];
    expect(await compare(before, before)).toMatchObject({ code: 0, stderr: "" });
    expect((await compare(`${after},${after}`, before)).stdout).toMatch(/✓ pass.*6 better/);
    const worse = await compare(before, after, "--json");
    expect(worse.code).toBe(99);
    const comparison: unknown = JSON.parse(worse.stdout);
    expect(comparison).toMatchObject({ base: [before], verdict: "fail", tolerance: 0.05 });
    expect(undocumented(comparison, documentedShape("`vote load compare`"))).toEqual([]);
    expect((await compare(before, after, "--tolerance", "200")).code).toBe(0);
  });

  it("refuses with 2 what is no record of a run", async () => {
    const { code, stderr } = await compare(scenarioFile("no.json", ["{}"]), "nowhere.json");
    expect(code).toBe(2);
    expect(stderr).toMatch(/Error: .*(no\.json is no record|nowhere\.json cannot be read)/);
  });
});
