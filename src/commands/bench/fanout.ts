import { Flags } from "@oclif/core";
import { BenchCommand } from "../../cli/bench-command.js";
import { wholeFlag } from "../../cli/flags/numbers.js";
import type { WorkWatch } from "../../runtime/telemetry/work-watch.js";

export default class BenchFanout extends BenchCommand {
  static override summary = "Measure live events to thousands of clients, and what they cost.";
  static override description =
    "Peers send the same events at the same rate: nchan (install nginx yourself) and node, a " +
    "bare loop over sockets. More than about 15,000 clients need a higher `ulimit -n`.";
  static override examples = [
    "<%= config.bin %> bench fanout --clients 10000 --peer nchan --peer node",
    "<%= config.bin %> bench fanout --clients 1000 --clients 5000 --clients 15000",
  ];
  static override flags = {
    clients: wholeFlag({
      description: "Simultaneous clients; may be repeated",
      min: 1,
      max: 200_000,
      multiple: true,
      default: [10_000],
    }),
    hz: wholeFlag({ description: "Events a second for each", min: 1, max: 50, default: 4 }),
    seconds: wholeFlag({
      description: "Length of each part",
      min: 1,
      max: 600,
      default: 10,
    }),
    rounds: wholeFlag({
      description: "Turns that each server takes at the most clients; medians count",
      min: 1,
      max: 99,
      default: 1,
    }),
    processes: wholeFlag({ description: "Serve processes", min: 1, max: 64, default: 1 }),
    peer: Flags.option({
      description: "Server to compare with; may be repeated",
      options: ["nchan", "node"] as const,
      multiple: true,
      default: [],
    })(),
  };

  protected override async measure(watch: WorkWatch) {
    const { flags } = await this.parse(BenchFanout);
    const { benchFanout } = await import("../../runtime/bench/fanout/fanout.js");
    return benchFanout({ ...flags, peers: flags.peer, watch });
  }
}
