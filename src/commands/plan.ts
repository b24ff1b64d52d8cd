import { writeFile } from "node:fs/promises";
import { Flags, type Interfaces } from "@oclif/core";
import { wholeFlag } from "../cli/flags/numbers.js";
import { parseDurationMs } from "../cli/flags/times.js";
import { WorkProgress } from "../cli/text/work-progress.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { MeasuredConstants } from "../runtime/bench/constants.js";
import { VoteError } from "../runtime/core/errors.js";
import { maxCandidates, maxPartitions } from "../runtime/core/limits.js";
import type { Constants } from "../runtime/plan/constants.js";
import type { PlanInput } from "../runtime/plan/input.js";
import type { Plan as PlanRecord } from "../runtime/plan/plan.js";

export default class Plan extends VoteCommand {
  static override summary = "Plan an election: processes, cores, memory, write units, money.";
  static override description =
    "Computes the plan from measured constants, for the cluster engine, and lists every " +
    "assumption. The constants come from the project's own host; --measure takes about a minute " +
    "to measure this one, and --constants reads a file of constants and prices.";
  static override examples = [
    "<%= config.bin %> plan --rps 250000 --voters 300000000",
    "<%= config.bin %> plan --rps 250000 --voters 300000000 --viewers 1000000 --duration 4h",
    "<%= config.bin %> plan --measure here.json",
    "<%= config.bin %> plan --rps 5000 --voters 1000000 --constants here.json --json",
  ];
  static override flags = {
    rps: wholeFlag({ description: "Votes a second at the peak", min: 1, max: 1_000_000_000 }),
    voters: wholeFlag({ description: "Number of voters", min: 1, max: 10_000_000_000 }),
    viewers: wholeFlag({
      description: "People who follow the result live, one connection each",
      min: 0,
      max: 1_000_000_000,
      default: 0,
    }),
    "updates-per-second": wholeFlag({
      description: "Events a second to each viewer (vote serve sends four at most)",
      min: 1,
      max: 100,
      default: 4,
    }),
    candidates: wholeFlag({
      description: "Number of candidates",
      min: 1,
      max: maxCandidates,
      default: 10,
    }),
    partitions: wholeFlag({
      description: "Number of partitions (default: the recommended number)",
      min: 1,
      max: maxPartitions,
    }),
    via: Flags.option({
      options: ["http", "http-batch"] as const,
      description: "How votes arrive over HTTP: one by one, or in gateways' batches",
      default: "http" as const,
    })(),
    duration: Flags.string({
      helpValue: "<10s>",
      description: "How long the election is open: 4h",
      exclusive: ["peak-factor"],
    }),
    "peak-factor": Flags.string({
      helpValue: "<factor>",
      description: "Peak rate over average rate (default: 3, or by --duration)",
    }),
    headroom: wholeFlag({
      description: "Percent of every measured bound to leave free",
      min: 0,
      max: 95,
      default: 40,
    }),
    constants: Flags.file({
      helpGroup: "CONSTANTS",
      helpValue: "<file>",
      description: "JSON file of constants that replace the project's own",
    }),
    measure: Flags.file({
      helpGroup: "CONSTANTS",
      helpValue: "<file>",
      description: "Measure this host and write its constants to this file",
      exclusive: ["constants"],
    }),
    "measure-votes": wholeFlag({
      helpGroup: "CONSTANTS",
      description: "Votes in each bench of --measure",
      min: 1_000,
      max: 100_000_000,
      default: 5_000_000,
    }),
    "measure-seconds": wholeFlag({
      helpGroup: "CONSTANTS",
      description: "Length of each part of the ingest bench of --measure",
      min: 1,
      max: 60,
      default: 5,
    }),
  };

  async run(): Promise<PlanRecord | MeasuredConstants> {
    const { flags } = await this.parse(Plan);
    const { defaultConstants } = await import("../runtime/plan/constants.js");
    const { readConstants } = await import("../runtime/config/plan-constants.js");
    const { rps, voters } = flags;
    if (rps === undefined || voters === undefined) {
      if (flags.measure !== undefined && rps === undefined && voters === undefined) {
        return this.#measure(flags.measure, flags);
      }
      throw new VoteError("invalid-usage", "A plan needs --rps and --voters.", {
        hint: "For example: `vote plan --rps 250k --voters 300M`",
      });
    }
    if (flags.measure !== undefined) await this.#measure(flags.measure, flags);
    const file = flags.measure ?? flags.constants;
    const constants: Constants = file === undefined ? defaultConstants : await readConstants(file);
    const { makePlan } = await import("../runtime/plan/plan.js");
    const { planText } = await import("../cli/text/plan-text.js");
    const input: Omit<PlanInput, "durationSeconds"> = {
      votesPerSecond: rps,
      voters,
      viewers: flags.viewers,
      updatesPerSecond: flags["updates-per-second"],
      candidates: flags.candidates,
      partitions: flags.partitions,
      via: flags.via,
      utilization: 1 - flags.headroom / 100,
    };
    const plan = makePlan(
      { ...input, durationSeconds: durationOf(input, flags, constants) },
      constants,
    );
    this.log(planText(plan));
    return plan;
  }

  async #measure(
    path: string,
    flags: Interfaces.InferredFlags<typeof Plan.flags & typeof Plan.baseFlags>,
  ): Promise<MeasuredConstants> {
    const { measureConstants } = await import("../runtime/bench/constants.js");
    const { ownEngine } = await import("../runtime/config/engine-choice.js");
    // Before a minute of benches, not after it.
    await writeFile(path, "", { flag: "a" }).catch((error: Error) => {
      throw new VoteError(
        "invalid-usage",
        `--measure: ${path} cannot be written: ${error.message}`,
      );
    });
    const measured = await measureConstants({
      engine: await ownEngine(flags),
      votes: flags["measure-votes"],
      seconds: flags["measure-seconds"],
      now: Date.now,
      onStep: (what) => this.log(`Measuring: ${what}`),
      watch: new WorkProgress(),
    });
    await writeFile(path, `${JSON.stringify(measured, undefined, 2)}\n`);
    this.log(`Wrote ${path}`);
    return measured;
  }
}

/** The given duration, or one from the peak factor; the average never exceeds the peak. */
function durationOf(
  { votesPerSecond, voters }: Pick<PlanInput, "votesPerSecond" | "voters">,
  flags: { duration?: string; "peak-factor"?: string },
  constants: Constants,
): number {
  const ballots = voters / (1 - constants.secondVoteShare.value);
  if (flags.duration !== undefined) {
    const seconds = parseDurationMs(flags.duration) / 1_000;
    if (seconds > 0 && ballots / seconds <= votesPerSecond) return seconds;
    const shortest = Math.ceil(ballots / votesPerSecond);
    throw new VoteError(
      "invalid-usage",
      `${voters} voters cannot vote in ${flags.duration} at ${votesPerSecond} votes a second.`,
      { hint: `They need ${shortest}s at least, second votes included; or raise --rps.` },
    );
  }
  const text = flags["peak-factor"] ?? "3";
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(factor >= 1 && factor <= 1_000)) {
    throw new VoteError("invalid-usage", `--peak-factor is "${text.slice(0, 40)}".`, {
      hint: "Allowed are numbers from 1, a steady rate, to 1000.",
    });
  }
  return (ballots / votesPerSecond) * factor;
}
