import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchGenerator extends BenchCommand {
  static override summary = "Measure the votes a second that the load generator can send.";
  static override examples = ["<%= config.bin %> bench generator --seconds 5"];
  static override flags = {
    seconds: wholeFlag({ description: "Length of each part", min: 1, max: 60, default: 5 }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchGenerator);
    const { benchGenerator } = await import("../../runtime/bench/generator/generator.js");
    return benchGenerator({ ...flags, watch });
  }
}
