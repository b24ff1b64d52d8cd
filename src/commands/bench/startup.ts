import { Flags } from "@oclif/core";
import { benchTable } from "../../cli/text/bench-table.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { StartupBenchRecord } from "../../runtime/bench/startup.js";

export default class BenchStartup extends VoteCommand {
  static override summary = "Measure how long a tally takes to start on a long chain.";
  static override flags = {
    votes: Flags.integer({ description: "Voters in the chain", min: 1_000, default: 10_000_000 }),
  };

  async run(): Promise<StartupBenchRecord> {
    const { flags } = await this.parse(BenchStartup);
    const { benchStartup } = await import("../../runtime/bench/startup.js");
    const record = await benchStartup({ votes: flags.votes });
    this.log(benchTable(record));
    return record;
  }
}
