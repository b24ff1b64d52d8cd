import { Flags } from "@oclif/core";
import { benchTable } from "../../cli/text/bench-table.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { GeneratorBenchRecord } from "../../runtime/bench/generator/generator.js";

export default class BenchGenerator extends VoteCommand {
  static override summary = "Measure the votes a second that the load generator can send.";
  static override examples = ["<%= config.bin %> bench generator --seconds 5"];
  static override flags = {
    seconds: Flags.integer({ description: "Length of each part", min: 1, max: 60, default: 5 }),
  };

  async run(): Promise<GeneratorBenchRecord> {
    const { flags } = await this.parse(BenchGenerator);
    const { benchGenerator } = await import("../../runtime/bench/generator/generator.js");
    const record = await benchGenerator({ seconds: flags.seconds });
    this.log(benchTable(record));
    return record;
  }
}
