import { Flags } from "@oclif/core";
import { benchTable } from "../../cli/text/bench-table.js";
import { VoteCommand } from "../../cli/vote-command.js";
import type { RecountBenchRecord } from "../../runtime/bench/recount.js";

export default class BenchRecount extends VoteCommand {
  static override summary = "Measure the votes a second that one core recounts from the ledger.";
  static override flags = {
    votes: Flags.integer({ description: "Ballots in the ledger", min: 1_000, default: 20_000_000 }),
    partitions: Flags.integer({ description: "Partitions", min: 1, max: 1_024, default: 8 }),
  };

  async run(): Promise<RecountBenchRecord> {
    const { flags } = await this.parse(BenchRecount);
    const { benchRecount } = await import("../../runtime/bench/recount.js");
    const record = await benchRecount({ votes: flags.votes, partitions: flags.partitions });
    this.log(benchTable(record));
    return record;
  }
}
