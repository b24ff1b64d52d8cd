import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { faultKinds } from "../../../src/runtime/chaos/faults/kinds.js";
import { sumOf } from "../../../src/runtime/chaos/totals.js";
import { parseChaosReport } from "../../../src/runtime/contracts/chaos/chaos-report.js";
import { realServers } from "../../helpers/cluster/real-servers.js";
import { sandbox, type VoteProcess } from "../../helpers/run-vote.js";

const seed = Number(process.env.VOTE_SEED ?? 20_261_122);
const available = await realServers("the cluster's fault suite");
const withinMs = 1_500_000;

/** Resolves once the process has said it on standard error. */
function said({ child, finished }: VoteProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += String(chunk);
      if (pattern.test(text)) resolve();
    });
    // What matters comes first: of a long message, CI's record keeps the beginning.
    void finished.then(({ stdout }) => {
      const broken = /A promise was broken:[\s\S]*/.exec(stdout)?.[0] ?? stdout;
      reject(new Error(`${broken}\nended before it said ${pattern}: ${text}`));
    });
  });
}

/** Ids of the processes that work in a directory or below. */
function processesIn(directory: string): string[] {
  return readdirSync("/proc").filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(join("/proc", id, "cwd")).startsWith(directory);
    } catch {
      // It has just ended, or is somebody else's.
      return false;
    }
  });
}

/** Prints how what the roles said ends, before it is removed. */
function printRolesLog(directory: string): void {
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith("roles.log")) continue;
    const lines = readFileSync(join(directory, name), "utf8").split("\n");
    console.error(`The end of ${name}:\n${lines.slice(-60).join("\n")}`);
  }
}

// `vote chaos --faults 1000` is the long run.
it.runIf(available)(
  `under each kind of fault, no vote is lost and none is double (seed ${seed})`,
  async () => {
    const box = sandbox();
    onTestFinished(({ task }) => {
      if (task.result?.state === "fail") printRolesLog(box.path);
      return box.remove();
    });
    const report = join(box.path, "chaos.json");
    const running = box.start("chaos", "--seed", String(seed), "--report", report);
    // Each kind comes once before any comes again: the fault under way is the last kind's.
    await said(running, new RegExp(`Fault ${faultKinds.size} of`));
    running.child.kill("SIGINT");
    const { code, stdout, stderr } = await running.finished;
    console.info(`\n${stdout}`);
    expect([code, stderr]).toEqual([130, expect.not.stringContaining("Error")]);
    expect(stdout).toContain(`chaos --resume ${report}`);
    const whole = parseChaosReport(readFileSync(report, "utf8"), report);
    expect(whole.broken).toEqual([]);
    // The signal may have come late.
    expect(whole.done).toBeGreaterThanOrEqual(faultKinds.size);
    expect(whole.totals.map(({ kind }) => kind)).toEqual([...faultKinds.keys()].sort());
    for (const { kind, faults: times, hits } of whole.totals) {
      expect([kind, times > 0, hits > 0]).toEqual([kind, true, true]);
    }
    const { acknowledged, decided, lost, double } = sumOf(whole);
    expect([lost, double]).toEqual([0, 0]);
    expect(decided).toBe(acknowledged);
    // The load must have been real for the rest to mean anything.
    expect(acknowledged).toBeGreaterThan(1_000);
    expect(processesIn(box.path)).toEqual([]);
    const resumed = await box.vote("chaos", "--resume", report, "--faults", String(whole.done));
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("0 lost, 0 double") });
    // Neither data nor logs of what went well.
    expect(readdirSync(box.path).filter((name) => name.startsWith("vote-chaos-"))).toEqual([]);
  },
  withinMs,
);
