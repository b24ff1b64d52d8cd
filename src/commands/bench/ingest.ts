import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchIngest extends BenchCommand {
  static override summary =
    "Measure ballots a second over HTTP into one ingest process, durable when answered.";
  static override examples = ["<%= config.bin %> bench ingest --seconds 5"];
  static override flags = {
    seconds: wholeFlag({ description: "Length of each part", min: 1, max: 60, default: 5 }),
    connections: wholeFlag({
      description: "Connections that send single ballots",
      min: 1,
      max: 1_024,
      default: 128,
    }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchIngest);
    const { benchIngest } = await import("../../runtime/bench/ingest/ingest.js");
    return benchIngest({ ...flags, watch });
  }
}
