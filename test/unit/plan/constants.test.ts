import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ConstantName, defaultConstants } from "../../../src/runtime/plan/constants.js";

const performance = readFileSync("docs/performance.md", "utf8");

/** The first number of a table's cell: the median, without the range beside it. */
function cell(row: RegExp, column: number): number {
  const line = performance.split("\n").find((one) => row.test(one));
  const text = line?.split("|")[column] ?? "";
  const [number] = /[\d,.]+/.exec(text) ?? [];
  return Number(number?.replaceAll(",", ""));
}

describe("defaultConstants", () => {
  it.each<[ConstantName, RegExp, number]>([
    ["ingestRequestsPerCpuSecond", /^\| single votes, requests per CPU second/, 2],
    ["ingestBatchVotesPerSecond", /^\| batches of 10,000, votes\/s/, 2],
    ["tallyVotesPerCpuSecond", /^\| 5,000,000 .*\(/, 3],
    ["recountVotesPerCpuSecond", /^\| 20,000,000 .*\(.*\(/, 3],
    ["dedupBytesPerVoter", /^\| 10,000,000 .*\d,\d/, 4],
    ["serveWritesPerCpuSecond", /^\| vote serve +\| 15,000/, 5],
  ])("%s is docs/performance.md's", (name, row, column) => {
    expect(cell(row, column)).toBe(defaultConstants[name].value);
  });

  it("startVotesPerSecond is docs/performance.md's", () => {
    const seconds = cell(/^\| 10,000,000 +\| \d\.\d \(/, 2);
    expect(10_000_000 / seconds).toBe(defaultConstants.startVotesPerSecond.value);
  });
});
