import { Args } from "@oclif/core";
import { wholeFlag } from "../../cli/flags/numbers.js";
import { VoteCommand } from "../../cli/vote-command.js";
import { errorCatalogue } from "../../runtime/core/errors.js";
import type { Comparison } from "../../runtime/load/report/compare/compare.js";

export default class LoadCompare extends VoteCommand {
  static override summary = "Compare load runs before and after a change.";
  static override description =
    "Reads the records that vote load --out json=FILE wrote, and prints the ratios of rates and " +
    "latencies. A change counts only beyond the tolerance and the noise, which is estimated from " +
    "the intervals of the runs and, with several runs a side, from run to run. Exits with 99 if " +
    "anything is worse.";
  static override examples = [
    "<%= config.bin %> load compare before.json after.json",
    "<%= config.bin %> load compare b1.json,b2.json,b3.json a1.json,a2.json,a3.json",
    "<%= config.bin %> load compare before.json after.json --tolerance 10 --json",
  ];
  static override args = {
    base: Args.string({ required: true, description: "Records before, separated by commas" }),
    candidate: Args.string({ required: true, description: "Records after, separated by commas" }),
  };
  static override flags = {
    tolerance: wholeFlag({
      description: "Smallest change, in percent, that counts",
      min: 0,
      max: 1_000,
      default: 5,
    }),
  };

  async run(): Promise<Comparison> {
    const { args, flags } = await this.parse(LoadCompare);
    const { readRuns } = await import("../../runtime/load/report/compare/read-runs.js");
    const { compareRuns } = await import("../../runtime/load/report/compare/compare.js");
    const { comparisonWarnings } = await import("../../runtime/load/report/compare/comparable.js");
    const { comparisonText } = await import("../../runtime/load/report/compare/comparison-text.js");
    const [base, candidate] = await Promise.all([readRuns(args.base), readRuns(args.candidate)]);
    const warnings = comparisonWarnings(base, candidate);
    const comparison = compareRuns(base, candidate, flags.tolerance / 100, warnings);
    this.log(comparisonText(comparison));
    if (comparison.verdict === "fail") {
      process.exitCode = errorCatalogue["threshold-breached"].exitCode;
    }
    return comparison;
  }
}
