import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchPipeline extends BenchCommand {
  static override summary =
    "Measure votes a second through log, tally, ledger and view, end to end.";
  static override examples = ["<%= config.bin %> bench pipeline --votes 20000000"];
  static override flags = {
    votes: wholeFlag({ description: "Ballots to send", min: 1_000, default: 20_000_000 }),
    partitions: wholeFlag({ description: "Partitions", min: 1, max: 1_024, default: 8 }),
    tallies: wholeFlag({ description: "Tally processes", min: 1, max: 16, default: 2 }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchPipeline);
    const { benchPipeline } = await import("../../runtime/bench/pipeline.js");
    const { ownEngine } = await import("../../runtime/config/engine-choice.js");
    return benchPipeline({ ...flags, engine: await ownEngine(flags), watch });
  }
}
