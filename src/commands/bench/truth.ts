import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchTruth extends BenchCommand {
  static override summary =
    "Compare what load generators report of a server that freezes with the truth.";
  static override examples = ["<%= config.bin %> bench truth --seconds 20 --freeze 2"];
  static override flags = {
    seconds: wholeFlag({ description: "Length of each run", min: 2, max: 300, default: 20 }),
    freeze: wholeFlag({
      description: "Seconds that the server freezes in the middle",
      min: 1,
      max: 60,
      default: 2,
    }),
    rps: wholeFlag({ description: "Votes a second", min: 10, max: 20_000, default: 1_000 }),
    connections: wholeFlag({
      description: "HTTP requests in flight at once",
      min: 1,
      max: 1_000,
      default: 10,
    }),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchTruth);
    const { benchTruth } = await import("../../runtime/bench/generator/truth.js");
    const { seconds, freeze: freezeSeconds, rps: votesPerSecond, connections } = flags;
    return benchTruth({ votesPerSecond, seconds, freezeSeconds, connections, watch });
  }
}
