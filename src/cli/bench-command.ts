import type { WorkWatch } from "../runtime/telemetry/work-watch.js";
import { benchText } from "./text/bench-text.js";
import { WorkProgress } from "./text/work-progress.js";
import { VoteCommand } from "./vote-command.js";

/** A command that runs a benchmark and prints its record, as tables or with --json. */
export abstract class BenchCommand extends VoteCommand {
  async run(): Promise<object> {
    const progress = new WorkProgress();
    const record = await this.measure(progress).finally(() => progress.end());
    this.log(benchText(record));
    return record;
  }

  /** @param watch hears how far it has come */
  protected abstract measure(watch: WorkWatch): Promise<object>;
}
