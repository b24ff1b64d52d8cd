import { benchTable } from "./text/bench-table.js";
import { VoteCommand } from "./vote-command.js";

/** A command that runs a benchmark and prints its record, as a table or with --json. */
export abstract class BenchCommand extends VoteCommand {
  async run(): Promise<object> {
    const record = await this.measure();
    this.log(benchTable(record));
    return record;
  }

  protected abstract measure(): Promise<object>;
}
