import { expect, it } from "vitest";
import { chaosText } from "../../../src/cli/text/chaos-text.js";
import { newReport } from "../../../src/runtime/chaos/chaos.js";
import { Phase } from "../../../src/runtime/chaos/scene/phase.js";
import { addElection, sumOf } from "../../../src/runtime/chaos/totals.js";

function phase(sent: number, longestStallMs: number): Phase {
  return Object.assign(new Phase(), { sent, longestStallMs });
}

it("adds up what each kind did, election by election", () => {
  const [first, second, third] = [phase(40, 12.4), phase(50, 900), phase(7, 30)];
  const outcome = { acknowledged: 30, decided: 29, lost: 1, double: 2 };
  const earlier = addElection(
    [],
    [
      { kind: "tally-killed", hits: 1, phase: first },
      { kind: "redis-killed", hits: 2, phase: second },
    ],
    { phases: new Map([[first, outcome]]) },
  );
  const totals = addElection(earlier, [{ kind: "tally-killed", hits: 1, phase: third }], {
    phases: new Map([[third, { ...outcome, lost: 0, double: 0 }]]),
  });
  const none = { acknowledged: 0, decided: 0, lost: 0, double: 0 };
  expect(totals).toEqual([
    { kind: "redis-killed", faults: 1, hits: 2, sent: 50, ...none, longestStallMs: 900 },
    {
      ...{ kind: "tally-killed", faults: 2, hits: 2, sent: 47, acknowledged: 60, decided: 58 },
      ...{ lost: 1, double: 2, longestStallMs: 30 },
    },
  ]);
  expect(sumOf({ totals })).toMatchObject({ faults: 3, lost: 1, double: 2, longestStallMs: 900 });
  const report = { ...newReport({ seed: 3, faults: 9, kinds: [] }), done: 3, totals };
  const broken = ["chaos-1: 00ff is lost, not counted"];
  const text = chaosText({ ...report, elections: 2, seconds: 61, broken, logs: "a/place" });
  expect(text.split("\n")).toEqual([
    "3 faults in 2 elections, in 61 s, seed 3",
    "",
    "fault         faults  hits  sent  acknowledged  decided  lost  double  stall ms",
    "redis-killed       1     2    50             0        0     0       0       900",
    "tally-killed       2     2    47            60       58     1       2        30",
    "all                3     4    97            60       58     1       2       900",
    "",
    "✗ A promise was broken:",
    "  chaos-1: 00ff is lost, not counted",
    "What servers and roles said is in a/place",
  ]);
});
