import { describe, expect, it } from "vitest";
import { recountText } from "../../../src/cli/text/recount-text.js";
import { definitionHash, definitionOf } from "../../../src/runtime/core/formats/definition.js";
import type { RecountReport } from "../../../src/runtime/recount/findings/report.js";
import { electionOf } from "../../helpers/data/chains.js";

const election = electionOf("mascot", 2, 8);
const report: RecountReport = {
  election: "mascot",
  definition: definitionOf(election),
  definitionHash: definitionHash(election).toString("hex"),
  status: "closed",
  from: "log",
  partitions: 8,
  segments: 812,
  ballots: 3_000_000,
  result: [],
  counted: 3_000_000,
  rejected: {},
  rejectedInTime: 0,
  refused: [],
  refusedCount: 0,
  voided: [],
  retriesAbsorbed: 0,
  refusedLate: 0,
  seals: [],
  trailHead: "",
  findings: [],
  findingCount: 0,
  agrees: true,
  sealed: true,
};

const head = (changed: Partial<RecountReport> = {}) =>
  recountText({ ...report, ...changed }, 1_500)
    .split("\n")
    .slice(0, 2);

describe("what a recount says first", () => {
  it("is how many ballots it took how long for, and what agrees with what", () => {
    expect(head()).toEqual([
      "✓ The recount of mascot agrees: 3,000,000 ballots in 812 segments of 8 partitions, " +
        "in 1.5 s (2,000,000/s).",
      "Each decision, derived again from the log, is the ledger's; its totals and hashes fit.",
    ]);
  });

  it("is true of what was read", () => {
    expect(head({ from: "ledger" })[1]).toMatch(/; the log was not read\.$/);
    expect(head({ status: "certified" })[1]).toMatch(/; the certificate says the same\.$/);
    expect(head({ agrees: false, findingCount: 2 })).toEqual([
      expect.stringMatching(/^✗ The recount of mascot found 2 errors: 3,000,000 ballots/),
      "",
    ]);
  });
});
