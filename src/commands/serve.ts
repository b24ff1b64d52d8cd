import { Flags } from "@oclif/core";
import { DaemonCommand } from "../cli/daemon-command.js";
import {
  connectionLimits,
  listenFlags,
  metricsAddress,
  metricsFlags,
  processesFlag,
} from "../cli/flags/listen.js";
import { wholeFlag } from "../cli/flags/numbers.js";
import { isWorker } from "../runtime/metrics/workers/channel.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring/engine.js";

export default class Serve extends DaemonCommand {
  static override summary = "Serve live results: pages, JSON, server-sent events and WebSockets.";
  static override description =
    "Reads the view, the election registry and the end of the log, and the ledger for voters who " +
    "ask for their ballots; keeps no state of its own.";
  static override examples = [
    "<%= config.bin %> serve --data-dir ./data --port 4001",
    "<%= config.bin %> serve --data-dir ./data --processes 4",
  ];
  static override flags = {
    ...listenFlags(4001),
    ...metricsFlags("serve"),
    processes: processesFlag("the port; each has its own limits"),
    "max-streams": wholeFlag({
      helpGroup: "LIMITS",
      description: "Most event streams and WebSockets at once in each process",
      min: 1,
      default: 20_000,
    }),
    "vote-url": Flags.string({
      helpValue: "<url>",
      description: "URL of ingest, which adds a voting page (default: no voting page)",
    }),
    "links-file": Flags.file({
      helpValue: "<file>",
      description: "Short links to voting pages",
      hidden: true,
    }),
    "tick-ms": wholeFlag({
      helpGroup: "LIMITS",
      description: "Milliseconds between two updates of a live result",
      min: 20,
      max: 10_000,
      default: 250,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    if (flags.processes > 1 && !isWorker) {
      return this.runWorkers("serve", flags, { metrics: metricsAddress(flags) });
    }
    // It reads only the log's end, so it also serves without brokers.
    const wishes = { logWhenNeeded: true };
    const start = async (engine: Engine, logger: Logger) => {
      const { registry, view, log, ledger, clocks } = engine;
      const { startServe } = await import("../runtime/serve/server.js");
      const { storeChecksOf } = await import("../runtime/system/store-checks.js");
      const { host, port, "max-streams": maxStreams, "tick-ms": tickMs } = flags;
      const { "vote-url": voteUrl, "links-file": linksFile } = flags;
      const stores = storeChecksOf(engine, ["ledger", "view"]);
      const reads = { registry, view, ledger, logEnds: log, stores, clocks };
      return startServe({
        ...reads,
        host,
        port,
        maxStreams,
        tickMs,
        voteUrl,
        linksFile,
        logger,
        ...connectionLimits(flags),
        metricsAt: isWorker ? undefined : metricsAddress(flags),
      });
    };
    await this.runRole("serve", flags, start, wishes);
  }
}
