import { Flags } from "@oclif/core";
import { wholeFlag } from "../cli/flags/numbers.js";
import { simulationText } from "../cli/text/simulation-text.js";
import { VoteCommand } from "../cli/vote-command.js";
import { VoteError } from "../runtime/core/errors.js";
import type { SeedsReport } from "../runtime/sim/seeds.js";

const maxSeed = 2 ** 31 - 1;

const atMost = (what: string, max: number) =>
  wholeFlag({ description: `At most so many ${what}`, min: 1, max });

export default class Sim extends VoteCommand {
  static override summary = "Simulate elections with faults, and check every promise.";
  static override description =
    "Runs ingests, tallies, timekeepers, admins and certifiers in one process, over stores in " +
    "memory, by a virtual clock. Each seed draws an election and the faults that it meets; the " +
    "same seed always leads to the same event log. A seed that breaks a promise is repeated with " +
    "fewer faults, voters, roles and seconds, as far as it still does. Exits with 1 then.";
  static override examples = [
    "<%= config.bin %> sim --seeds 1000",
    "<%= config.bin %> sim --minutes 10 --from 5000",
    "<%= config.bin %> sim --seed 42 --trace",
  ];
  static override flags = {
    seeds: wholeFlag({
      description: "How many seeds (default: 100, with --minutes as many as the time allows)",
      min: 1,
      max: maxSeed,
      exclusive: ["seed"],
    }),
    from: wholeFlag({
      description: "The first seed",
      min: 0,
      max: maxSeed,
      default: 1,
      exclusive: ["seed"],
    }),
    minutes: wholeFlag({
      description: "Start no further simulation after so long",
      min: 1,
      max: 10_000,
      exclusive: ["seed"],
    }),
    seed: wholeFlag({ description: "Only this seed", min: 0, max: maxSeed }),
    trace: Flags.boolean({
      description: "Print each event of that seed",
      dependsOn: ["seed"],
    }),
    faults: Flags.string({
      helpValue: "<crash,lost-answer>",
      description: "Only these kinds of faults may happen; none: no fault",
    }),
    voters: atMost("voters", 1_000),
    roles: atMost("ingests, tallies, admins and certifiers each", 3),
    partitions: atMost("partitions", 4),
    seconds: atMost("seconds from opening to closing", 20),
  };

  async run(): Promise<SeedsReport> {
    const { flags } = await this.parse(Sim);
    const { seed, minutes, trace, voters, roles, partitions, seconds } = flags;
    const { faultsNamed } = await import("../runtime/sim/faults/limits.js");
    const faults = flags.faults === undefined ? undefined : faultsNamed(flags.faults);
    const { runSeeds } = await import("../runtime/sim/seeds.js");
    const withoutCount = minutes === undefined ? 100 : maxSeed;
    const report = await runSeeds({
      from: seed ?? flags.from,
      seeds: seed === undefined ? (flags.seeds ?? withoutCount) : 1,
      ...(minutes === undefined ? {} : { withinMs: minutes * 60_000 }),
      ...(trace ? { print: (line: string) => this.log(line), shrinkRuns: 0 } : {}),
      limits: { faults, voters, roles, partitions, seconds },
    });
    this.log(simulationText(report, await this.command("sim")));
    if (report.failed.length > 0) process.exitCode = new VoteError("internal-error", "").exitCode;
    return report;
  }
}
