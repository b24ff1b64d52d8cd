import { Flags } from "@oclif/core";
import { ChaosProgress } from "../cli/chaos-progress.js";
import { wholeFlag } from "../cli/flags/numbers.js";
import { quoted } from "../cli/hints/shell.js";
import { stopOnSignal } from "../cli/signals.js";
import { chaosText } from "../cli/text/chaos-text.js";
import { VoteCommand } from "../cli/vote-command.js";
import type { ChaosReport } from "../runtime/contracts/chaos/chaos-report.js";
import { errorCatalogue } from "../runtime/core/errors.js";

const defaultFaults = 100;
const maxFaults = 1_000_000;

export default class Chaos extends VoteCommand {
  static override summary = "Break real servers and roles on purpose, and check every vote.";
  static override description =
    "Starts three Kafka brokers, DynamoDB Local, Redis, an ingest and two tallies of its own, " +
    "each behind a proxy, and lets a crowd vote while they are killed, stopped, cut off and " +
    "restarted. Ends all of them. The seed draws the order of the faults and what they hit. " +
    "Exits with 1 if a promise was broken.";
  static override examples = [
    "<%= config.bin %> chaos --faults 1000 --report chaos.json",
    "<%= config.bin %> chaos --resume chaos.json",
    "<%= config.bin %> chaos --kinds broker-killed,tally-stopped --minutes 10",
  ];
  static override flags = {
    faults: wholeFlag({
      description: `How many faults (default: ${defaultFaults}, or the report's)`,
      min: 1,
      max: maxFaults,
    }),
    seed: wholeFlag({
      description: "Draws the faults (default: 1)",
      min: 0,
      max: 2 ** 31 - 1,
      exclusive: ["resume"],
    }),
    kinds: Flags.string({
      helpValue: "<names>",
      description: "Only these kinds, with commas between them (default: all)",
      exclusive: ["resume"],
    }),
    minutes: wholeFlag({
      description: "Begin no further fault after so long",
      min: 1,
      max: 10_000,
    }),
    report: Flags.file({
      helpValue: "<file>",
      description: "Keep the report in this file, after each election",
    }),
    resume: Flags.file({
      helpValue: "<file>",
      description: "Go on from this report, and keep it up to date",
      exclusive: ["report"],
    }),
  };

  async run(): Promise<ChaosReport> {
    const { flags } = await this.parse(Chaos);
    const { minutes, report: file = flags.resume } = flags;
    const { runChaos } = await import("../runtime/chaos/chaos.js");
    const { writeReport } = await import("../runtime/chaos/report-file.js");
    const from = await this.#beginning(flags);
    const withinMs = minutes === undefined ? undefined : minutes * 60_000;
    const keep = async (report: ChaosReport) => {
      if (file !== undefined) await writeReport(file, report);
    };
    // Now, so that a file that cannot be written is known before an hour is over.
    await keep(from);
    const signal = stopOnSignal();
    const progress = new ChaosProgress({ stream: process.stderr, faults: from.faults, withinMs });
    const report = await runChaos({
      ...{ from, signal, onReport: keep },
      ...(withinMs === undefined ? {} : { withinMs }),
      onStep: (what) => progress.step(what),
      onFault: (fault) => progress.fault(fault),
    }).finally(() => progress.stop());
    this.log(chaosText(report));
    if (report.broken.length > 0) process.exitCode = errorCatalogue["internal-error"].exitCode;
    else if (report.done < report.faults) {
      if (signal.aborted) process.exitCode = errorCatalogue.interrupted.exitCode;
      if (file !== undefined) {
        this.log(`Go on with: ${await this.command(`chaos --resume ${quoted(file)}`)}`);
      }
    }
    return report;
  }

  async #beginning(flags: {
    readonly faults: number | undefined;
    readonly seed: number | undefined;
    readonly kinds: string | undefined;
    readonly resume: string | undefined;
  }): Promise<ChaosReport> {
    const { newReport } = await import("../runtime/chaos/chaos.js");
    const { faultKind, faultKinds } = await import("../runtime/chaos/faults/kinds.js");
    const { readReport } = await import("../runtime/chaos/report-file.js");
    const { faults, seed = 1, kinds, resume } = flags;
    if (resume !== undefined) {
      const earlier = await readReport(resume);
      return { ...earlier, faults: faults ?? earlier.faults };
    }
    const names = kinds?.split(",").map((name) => faultKind(name.trim()).name);
    return newReport({
      ...{ seed, faults: faults ?? defaultFaults },
      kinds: [...new Set(names ?? faultKinds.keys())],
    });
  }
}
