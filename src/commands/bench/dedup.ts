import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchDedup extends BenchCommand {
  static override summary = "Measure adds a second and bytes a voter of the dedup table, by size.";
  static override description =
    "100,000,000 voters need about 3 GB of memory and about a minute; ask for them with --voters.";
  static override examples = [
    "<%= config.bin %> bench dedup --voters 1000000 --voters 10000000 --voters 100000000",
  ];
  static override flags = {
    voters: wholeFlag({
      description: "Voters in the table; may be repeated",
      min: 1_000,
      max: 200_000_000,
      multiple: true,
      default: [1_000_000, 10_000_000],
    }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchDedup);
    const { benchDedup } = await import("../../runtime/bench/dedup.js");
    const { hostFacts } = await import("../../runtime/telemetry/host.js");
    return { bench: "dedup", rows: benchDedup({ ...flags, watch }), host: hostFacts() };
  }
}
