import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchStartup extends BenchCommand {
  static override summary = "Measure how long a tally takes to start on a long chain.";
  static override flags = {
    votes: wholeFlag({ description: "Voters in the chain", min: 1_000, default: 10_000_000 }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchStartup);
    const { benchStartup } = await import("../../runtime/bench/startup.js");
    const { ownEngine } = await import("../../runtime/config/engine-choice.js");
    return benchStartup({ votes: flags.votes, engine: await ownEngine(flags), watch });
  }
}
