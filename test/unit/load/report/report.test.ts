import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { loadFailure } from "../../../../src/cli/load-run.js";
import type { LoadRecord } from "../../../../src/runtime/contracts/load/load-record.js";
import { reportText } from "../../../../src/runtime/load/report/report.js";
import { sampleRecord } from "./sample-record.js";

const names = new Map([["soup", "Soup\u001b[2J of the day"]]);
const textOf = (changes: Partial<LoadRecord> = {}) =>
  stripVTControlCharacters(reportText(sampleRecord(changes), names));

describe("reportText", () => {
  it("begins with the verdict and gives every figure of the proof, in 80 columns", () => {
    const text = textOf();
    expect(text).toMatch(/^✓ correct {2}every one of 2,510,000 .*\n· fast {5}not judged: /);
    expect(text).toMatch(/\n {2}demo on election lunch, embedded, seed 5\n/);
    expect(text).toMatch(/target +251,000\/s\n +achieved +250,990\/s +100\.0 % of it\n/);
    expect(text).toMatch(/accepted +250,980\/s\n +never sent +0 +0\.0 % of those due/);
    expect(text).toMatch(/latency, ms +p50 +p90 +p95 +p99 +p99\.9 +max\n/);
    expect(text).toMatch(/acknowledged +8\.10 +9\.20 +12\.3 +21\.5 +31\.2 +40\.0\n/);
    expect(text).toMatch(/ raw +8\.00 .* 39\.0\n +visible +30\.0 .* 510 +699 +12,345\n/);
    expect(text).toMatch(/acknowledged +2,510,000\n/);
    expect(text).toMatch(/rejected +125,500 +already-voted\n/);
    expect(text).toMatch(/lost +0\n +double +0\n +invented +0\n/);
    expect(text).toMatch(/✓ generator = view = ledger = recount/);
    expect(text).toMatch(/builtin, 1 process, 4\.0 s of CPU, busy 40 %\n +host: 2 cores, 24 GiB/);
    expect(text).not.toMatch(/not valid|other clients|not measured|thresholds|findings|aborted/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("draws bars to scale, and lets no name move the cursor", () => {
    const rows = textOf().split("\n").slice(-2);
    expect(rows[0]).toMatch(/Soup \[2J of the day +█{24} +62\.9 % +1,500,000$/);
    expect(rows[1]).toMatch(/salad +█{14} +37\.1 % +884,500$/);
  });

  it("says what is wrong before anything else, and names the ballots", () => {
    const text = textOf({
      verdict: "fail",
      reconciled: false,
      valid: false,
      invalidReasons: ["The generator was busy 97 % of the time (at most 95 %)."],
      unsent: 1_200,
      refused: 7,
      refusals: { overloaded: 7 },
      lost: 2,
      agreement: { generator: false, view: true, ledger: true, recount: true },
      findings: [{ kind: "lost", detail: "ballot 00ff was acknowledged and is in no segment" }],
      findingCount: 2,
    });
    expect(text).toMatch(/^✗ correct {2}the accounts do not agree: lost 2, double 0, invented 0\n/);
    expect(text).toMatch(/! not valid as a .*\n +- The generator was busy 97 %.*\n.*--processes/);
    expect(text).toMatch(/never sent +1,200/);
    expect(text).toMatch(/refused +7\n +overloaded +7\n/);
    expect(text).toMatch(/lost +2\n/);
    expect(text).toMatch(/✗ not in agreement: generator/);
    expect(text).toMatch(/findings \(2\)\n +lost: ballot 00ff was.*\n +and 1 more/);
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("tells a run that was too slow from one that is not correct, and advises", () => {
    const slow = { metric: "visible", expression: "p(99)<500ms", measured: 900, passed: false };
    const late = { valid: false, invalidReasons: ["It was late."], verdict: "fail" } as const;
    const record = sampleRecord({ thresholds: [{ ...slow, metric: "visible" }], ...late });
    const text = stripVTControlCharacters(reportText(record, names, "Try a lower --rps."));
    expect(text).toMatch(/^✓ correct .*\n✗ fast {5}0 of 1 thresholds held\n/);
    expect(text).toContain("Try a lower --rps.");
    expect(text).not.toContain("--processes");
  });

  it("does not call lost what waits for the tally", () => {
    const open = { reconciled: false, drained: false, undecided: 12_345, verdict: "fail" } as const;
    const text = textOf(open);
    expect(text).toMatch(
      /^\? correct {2}not known yet: 12,345 ballots wait for the tally, none is/,
    );
    expect(text).toMatch(/lost +0\n +undecided +12,345 +the tally is behind\n/);
    expect(loadFailure(sampleRecord(open))).toBe("not-running");
    const lost = { ...open, findingCount: 1, lost: 1 };
    expect(loadFailure(sampleRecord(lost))).toBe("recount-mismatch");
  });

  it("tells ballots without an answer, and a lost process, from lost ballots", () => {
    const unanswered = { unknown: 10_000, resent: 40_000, verdict: "fail" } as const;
    const text = textOf(unanswered);
    expect(text).toMatch(
      /^✓ correct {2}every one of 2,500,000 answered ballots is accounted for\n/,
    );
    expect(text).toMatch(/✗ fast {5}10,000 ballots had no answer in time\n/);
    expect(text).toMatch(/retries absorbed +25,100 +of 65,100 sent again\n/);
    expect(loadFailure(sampleRecord(unanswered))).toBe("threshold-breached");
    const process = { name: "b", startedAt: 0, cpuSeconds: 0, busyShare: 0, unsent: 0 };
    const generator = {
      ...sampleRecord().generator,
      each: [{ ...process, scheduleLagP99Ms: 0, lost: "it ended" }],
    };
    const part = { ...unanswered, generator, reconciled: false, drained: false };
    expect(textOf(part)).toMatch(/^✗ correct {2}nobody can account for what a lost process sent\n/);
    expect(loadFailure(sampleRecord(part))).toBe("recount-mismatch");
  });

  it("shows no zeros for what was not measured, and other clients' votes apart", () => {
    const none = { p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0, mean: 0 };
    const { latencyMs } = sampleRecord();
    const text = textOf({
      latencyMs: { ...latencyMs, visible: none },
      scheduleLagMs: none,
      foreign: 1_234,
    });
    expect(text).toMatch(/visible +not measured\n +schedule lag +not measured\n/);
    expect(text).not.toContain("0.00");
    expect(text).toMatch(/other clients' +1,234\n/);
    expect(text).toMatch(/\n {2}with the votes among the 1,234 of other clients$/);
  });

  it("says where all findings are, or where they end", () => {
    const findings = [{ kind: "lost", detail: "ballot 00ff is in no segment" }] as const;
    const findingsFile = "findings-lunch.ndjson";
    const whole = textOf({ verdict: "fail", findings, findingCount: 1_000_000, findingsFile });
    expect(whole).toContain("  all of them: findings-lunch.ndjson");
    const cut = textOf({ verdict: "fail", findings, findingCount: 1_000_001, findingsFile });
    expect(cut).toContain("  the first 1,000,000: findings-lunch.ndjson");
  });

  it("tells what was done to the system, and when", () => {
    const at = 1_767_225_603_040;
    const kill = {
      atSeconds: 3,
      action: "kill",
      role: "tally",
      forSeconds: 0,
      pid: 7,
      at,
    } as const;
    const pause = { ...kill, action: "pause", role: "ingest", forSeconds: 2 } as const;
    const text = textOf({ faults: [kill, pause, { ...pause, role: "serve", pid: 0 }] });
    expect(text).toMatch(
      /faults\n +kill tally +after 3\.0 s\n +pause ingest +after 3\.0 s +for 2 s/,
    );
    expect(text).toMatch(/pause serve +after 3\.0 s +nothing ran there\n/);
  });

  it("shows each threshold with what was reached, and which one ended the run", () => {
    const visible = {
      metric: "visible",
      expression: "p(99)<500ms",
      measured: 510.4,
      passed: false,
    } as const;
    const text = textOf({
      thresholds: [
        { metric: "votes", expression: "rate>=250000", measured: 250_990, passed: true },
        visible,
        { metric: "acknowledged", expression: "max<1s", measured: null, passed: false },
        { metric: "ballots", expression: "lost==0", measured: 0, passed: true },
      ],
      abortedBy: { ...visible, atMs: 4_004 },
      interrupted: true,
      verdict: "fail",
    });
    expect(text).toMatch(/^✓ correct .*\n✗ fast {5}2 of 4 thresholds held\n/);
    expect(text).toMatch(/✗ aborted after 4\.0 s: visible: p\(99\)<500ms was 510 ms\n/);
    expect(text).toMatch(/✓ votes +rate>=250000 +250,990\/s\n/);
    expect(text).toMatch(/✗ visible +p\(99\)<500ms +510 ms\n/);
    expect(text).toMatch(/✗ acknowledged +max<1s +nothing measured\n/);
    expect(text).toMatch(/✓ ballots +lost==0 +0\n/);
  });
});
