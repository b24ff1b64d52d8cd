import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchRecount extends BenchCommand {
  static override summary = "Measure the votes a second that one core recounts from the ledger.";
  static override flags = {
    votes: wholeFlag({ description: "Ballots in the ledger", min: 1_000, default: 20_000_000 }),
    partitions: wholeFlag({ description: "Partitions", min: 1, max: 1_024, default: 8 }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchRecount);
    const { benchRecount } = await import("../../runtime/bench/recount.js");
    return benchRecount({ ...flags, watch });
  }
}
