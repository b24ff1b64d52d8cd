import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FaultProxy } from "../../../src/runtime/chaos/proxy/fault-proxy.js";
import { dynamoDialect } from "../../../src/runtime/chaos/proxy/wire-dialects.js";
import type { LoadRecord } from "../../../src/runtime/contracts/load/load-record.js";
import type { TranscriptReport } from "../../../src/runtime/contracts/load/transcript.js";
import { findK6 } from "../../../src/runtime/system/load/k6-program.js";
import { type Finished, type Sandbox, sandbox } from "../../helpers/run-vote.js";

const timeoutMs = 180_000;

let box: Sandbox;
let ready: { readonly ingest: string; readonly serve: string };
let ingestPort: number;
beforeAll(async () => {
  box = sandbox();
  ready = JSON.parse(await box.start("dev", "--port", "0", "--json").line(/"event":"ready"/));
  ingestPort = Number(new URL(ready.ingest).port);
}, timeoutMs);
afterAll(() => box.remove());

function recordOf({ stdout }: Finished): LoadRecord {
  return JSON.parse(stdout) as LoadRecord;
}

function scenarioFile(name: string, fields: object): string {
  const path = join(box.path, `${name}.json`);
  const scenario = { name, durationSeconds: 1, via: "http", connections, ...fields };
  writeFileSync(path, JSON.stringify(scenario));
  return path;
}

/** To the last ballot, and by its own summary as well. */
function expectReconciled({ code, stderr, stdout }: Finished): LoadRecord {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const record = JSON.parse(stdout) as LoadRecord;
  expect(record).toMatchObject({ lost: 0, double: 0, invented: 0, unknown: 0, reconciled: true });
  expect(record.agreement).toEqual({ generator: true, view: true, ledger: true, recount: true });
  expect(record.sent).toBeGreaterThan(0);
  expect(record.sent).toBe(record.acknowledged + record.refused);
  const rejected = Object.values(record.rejected).reduce((sum, votes) => sum + votes, 0);
  expect(record.acknowledged).toBe(record.counted + rejected);
  return record;
}

const connections = 16;

/**
 * By its own count, every ballot and every retry was a request, but for those that we sent, and of
 * a run that was cut off, what had no answer: at most one on each connection.
 */
function expectSameRequests(record: LoadRecord): void {
  const { generator, sent, unsent, retriesSent, resent } = record;
  const cutOff = sent + retriesSent - resent - (generator.report?.requests ?? Number.NaN);
  expect(cutOff).toBeGreaterThanOrEqual(0);
  expect(cutOff).toBeLessThanOrEqual(unsent === 0 ? 0 : connections);
}

/** A tenth of the ballots arrives, and their answers do not. */
async function losingAnswers(load: (target: string) => Promise<Finished>): Promise<LoadRecord> {
  // Its requests are HTTP with a length, as ours are.
  const proxy = await FaultProxy.start({ target: ingestPort, dialect: dynamoDialect, seed: 5 });
  // Not the look at whether there is an ingest at all, before the first ballot.
  proxy.applyAndDropAnswer(0.1, /^POST$/);
  try {
    const record = expectReconciled(await load(`http://127.0.0.1:${proxy.port}`));
    expect(proxy.injections).toBeGreaterThan(0);
    expect(record.resent).toBeGreaterThan(0);
    // What went again was in the log already.
    expect(record.retriesAbsorbed).toBeGreaterThan(0);
    return record;
  } finally {
    await proxy.close();
  }
}

const storm = { votesPerSecond: 300, secondVoteShare: 0.4, retryShare: 0.2 };

describe("vote load --generator autocannon", { timeout: timeoutMs }, () => {
  it("sends the plan's ballots, second votes and retries too, and reconciles", async () => {
    const scenario = scenarioFile("cannon", storm);
    const args = ["--generator", "autocannon", "--scenario", scenario, "--json"];
    const record = expectReconciled(await box.vote("load", ...args));
    expect(record.sent + record.unsent).toBe(300);
    expect(record.rejected["already-voted"]).toBeGreaterThan(0);
    expect(record.retriesSent).toBeGreaterThan(0);
    const { name, limits, report } = record.generator;
    expect(name).toBe("autocannon");
    expect(limits.join()).toContain("Closed loop");
    expectSameRequests(record);
    expect(report?.failed).toBe(0);
  });

  it("sends again what had no answer, until everything is known", async () => {
    const args = ["--generator", "autocannon", "--rps", "200", "--duration", "1s", "--json"];
    await losingAnswers((target) => box.vote("load", ...args, "--target", target));
  });

  it.each([
    [{ votesPerSecond: 10, streams: [{ name: "b", via: "log", votesPerSecond: 1 }] }, /2 streams/],
    [{ votesPerSecond: 10, via: "log" }, /via log/],
    [{ votesPerSecond: 10, forgedShare: 0.5 }, /forged/],
    [{ arrivals: { shape: "ramp", fromPerSecond: 0, toPerSecond: 9 } }, /constant rate/],
    [{ votesPerSecond: 3_000_000 }, /up to 2000000 ballots/],
  ])("refuses what it cannot send: %o", async (fields, why) => {
    const scenario = scenarioFile("beyond", fields);
    const args = ["--generator", "autocannon", "--scenario", scenario, "--json"];
    const { code, stdout } = await box.vote("load", ...args);
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout);
    expect(error).toMatchObject({ code: "invalid-usage", detail: expect.stringMatching(why) });
  });
});

/** Wherever there is k6, and in any case where it is said to be; what does not run says so. */
function k6Program(): string | undefined {
  if (process.env.VOTE_K6) return process.env.VOTE_K6;
  try {
    return findK6();
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    console.warn(`NOT RUN: the load generator k6. ${message} ${hint}`);
    return undefined;
  }
}

const program = k6Program();

describe.runIf(program !== undefined)("vote load --generator k6", { timeout: timeoutMs }, () => {
  const load = (...args: string[]) =>
    box.startIn({ VOTE_K6: program as string }, "load", "--generator", "k6", ...args);

  it("sends the plan's ballots, second votes and retries too, and reconciles", async () => {
    const thresholds = { acknowledged: ["p(99)<30s"], visible: ["p(99)<60s"] };
    const scenario = scenarioFile("k6", { ...storm, thresholds });
    const record = expectReconciled(await load("--scenario", scenario, "--json").finished);
    const { name, limits, report } = record.generator;
    expect(name).toBe("k6");
    expect(limits.join()).toContain("dropped");
    expect(record.sent + record.unsent).toBeGreaterThanOrEqual(300);
    expect(record.rejected["already-voted"]).toBeGreaterThan(0);
    expect(record.retriesAbsorbed).toBe(record.retriesSent);
    expect(record.retriesSent).toBeGreaterThan(0);
    expectSameRequests(record);
    expect(report?.failed).toBe(0);
    expect(report?.thresholds).toEqual([
      { expression: "http_req_duration: p(99)<30000", passed: true },
    ]);
    expect(record.thresholds).toHaveLength(2);
  });

  it("sends again what had no answer, until everything is known", async () => {
    const args = ["--rps", "200", "--duration", "1s", "--json"];
    const record = await losingAnswers((target) => load(...args, "--target", target).finished);
    expect(record.generator.report?.failed).toBeGreaterThan(0);
  });

  it("follows a rate that varies, and keeps no secret and no file behind", async () => {
    const arrivals = { shape: "ramp", fromPerSecond: 0, toPerSecond: 200 };
    const scenario = scenarioFile("ramp", { arrivals });
    const record = expectReconciled(await load("--scenario", scenario, "--json").finished);
    expect(record.sent + record.unsent).toBeGreaterThanOrEqual(100);
    expect(readdirSync(box.path).filter((name) => name.startsWith("vote-load"))).toEqual([]);
  });

  it("ends with 99 when k6 finds a threshold breached, and still reconciles", async () => {
    const args = ["--rps", "50", "--duration", "1s", "--json", "--threshold", "max<1us"];
    const finished = await load(...args).finished;
    expect(finished.code).toBe(99);
    const record = recordOf(finished);
    expect(record).toMatchObject({ reconciled: true, verdict: "fail" });
    expect(record.generator.report?.thresholds).toMatchObject([{ passed: false }]);
  });

  it("stops k6 on Ctrl+C, makes every outcome known, and ends with 130", async () => {
    const running = load("--rps", "100", "--duration", "10m");
    await running.line(/sent [1-9]/);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted[\s\S]*generator = view = ledger = recount/);
  });
});

describe("load tools without vote, verified afterwards", { timeout: timeoutMs }, () => {
  const scripts = fileURLToPath(new URL("../../../scenarios/", import.meta.url));
  let settings: Record<string, string>;
  beforeAll(async () => {
    for (const args of [
      ["election", "create", "outside", "--title", "T", "--candidate", "a", "--candidate", "b"],
      ["election", "open", "outside"],
      [
        "token",
        "issue",
        "--voters",
        "120",
        "--election",
        "outside",
        "--out",
        join(box.path, "tokens.txt"),
      ],
      [
        "token",
        "issue",
        "--gateway",
        "k6",
        "--election",
        "outside",
        "--out",
        join(box.path, "gateway.token"),
      ],
    ]) {
      expect(await box.vote(...args)).toMatchObject({ code: 0, stderr: "" });
    }
    const urls = { VOTE_INGEST_URL: ready.ingest, VOTE_SERVE_URL: ready.serve };
    // Whatever the machine is busy with, the thresholds are not about speed.
    const small = { VOTE_ELECTION: "outside", VOTE_DURATION: "1s", VOTE_P99_MS: "600000" };
    settings = { ...urls, ...small, VOTE_RATE: "20", VOTE_READERS: "3", PWD: box.path };
  }, timeoutMs);

  /** @returns what it printed and its exit code, after it has ended */
  async function runTool(file: string, args: readonly string[]): Promise<Finished> {
    const env = { PATH: process.env.PATH, HOME: box.path, ...settings };
    const child = spawn(file, args, { cwd: box.path, env });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk) => {
        text[stream] += chunk;
      });
    }
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...text };
  }

  const verify = async (...files: string[]) => {
    const paths = files.map((file) => join(box.path, file));
    const finished = await box.vote("load", "verify", ...paths, "--election", "outside", "--json");
    return { code: finished.code, report: JSON.parse(finished.stdout) as TranscriptReport };
  };
  const whole = { lost: 0, double: 0, invented: 0, refused: 0, unknown: 0, reconciled: true };

  it("autocannon's script and each plain k6 script reconcile to the last vote", async () => {
    const cannon = await runTool(process.execPath, [join(scripts, "autocannon.js")]);
    expect(cannon.code, cannon.stderr).toBe(0);
    writeFileSync(join(box.path, "autocannon.log"), cannon.stdout);
    const first = await verify("autocannon.log");
    expect(first).toMatchObject({ code: 0, report: { ...whole, sent: 120, counted: 120 } });
    if (program === undefined) return;
    const names = ["votes", "spike", "batches", "readers"];
    for (const name of names) {
      const to = ["--console-output", `${name}.log`];
      const k6 = await runTool(program, ["run", ...to, join(scripts, "k6", `${name}.js`)]);
      expect(k6.code, k6.stdout + k6.stderr).toBe(0);
      expect(k6.stdout).toMatch(/checks_succeeded\.*: 100/);
    }
    const all = await verify("autocannon.log", ...names.map((name) => `${name}.log`));
    expect(all).toMatchObject({ code: 0, report: whole });
    // The same voters again, but for the gateway's.
    expect(all.report.rejected["already-voted"]).toBeGreaterThan(0);
    expect(all.report.counted).toBeGreaterThan(1_000);
    const less = await verify(...names.map((name) => `${name}.log`));
    expect(less).toMatchObject({ code: 3, report: { invented: 120, reconciled: false } });
  });
});

describe("vote load --generator k6 without k6", { timeout: timeoutMs }, () => {
  it.each(["/nowhere/k6", process.execPath])("says how to get it: VOTE_K6=%s", async (VOTE_K6) => {
    const args = ["load", "--generator", "k6", "--rps", "10", "--election", "sample", "--json"];
    const { code, stdout } = await box.startIn({ VOTE_K6 }, ...args).finished;
    expect(code).toBe(69);
    const { error } = JSON.parse(stdout);
    expect(error).toMatchObject({ code: "dependency-missing" });
    expect(error.hint).toContain("go install go.k6.io/k6@latest");
  });

  it("says what k6 said last, when it ends before anything was sent", async () => {
    const VOTE_K6 = join(box.path, "broken-k6");
    const script =
      '#!/bin/sh\n[ "$1" = version ] && echo "k6 v9.9.9" && exit\necho gone >&2; exit 107\n';
    writeFileSync(VOTE_K6, script, { mode: 0o700 });
    const args = ["load", "--generator", "k6", "--rps", "10", "--election", "sample", "--json"];
    const { code, stdout } = await box.startIn({ VOTE_K6 }, ...args).finished;
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: "generator-failed",
      detail: "k6 ended with 107 (its script threw): gone",
    });
  });
});
