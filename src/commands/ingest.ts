import { Flags } from "@oclif/core";
import { DaemonCommand } from "../cli/daemon-command.js";
import { ballotRateFlags, ballotRates } from "../cli/flags/ballot-rates.js";
import {
  connectionLimits,
  listenFlags,
  metricsAddress,
  metricsFlags,
  processesFlag,
} from "../cli/flags/listen.js";
import { verifierFlags, verifierFor } from "../cli/flags/verifier-flags.js";
import { isWorker } from "../runtime/metrics/workers/channel.js";

export default class Ingest extends DaemonCommand {
  static override summary = "Take ballots over HTTP and make them durable in the log.";
  static override description =
    "Answers 202 once a ballot is on disk. Never counts. Several may share one data directory.";
  static override examples = [
    "<%= config.bin %> ingest --data-dir ./data --port 4000",
    "<%= config.bin %> ingest --data-dir ./data --processes 4",
    "<%= config.bin %> ingest --issuer https://id.example/realms/votes",
  ];
  static override flags = {
    ...listenFlags(4000),
    ...metricsFlags("ingest"),
    processes: processesFlag("the port; each has its own limits, so N take up to N times as much"),
    ...verifierFlags,
    ...ballotRateFlags,
    "allow-origin": Flags.string({
      helpValue: "<url>",
      description: "Origin of a page that may send ballots from a browser; repeat for more",
      multiple: true,
      default: [],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Ingest);
    if (flags.processes > 1 && !isWorker) {
      return this.runWorkers("ingest", flags, { metrics: metricsAddress(flags) });
    }
    await this.runRole("ingest", flags, async (engine, logger) => {
      const { log, ledger, registry, keys, clocks } = engine;
      const { startIngest } = await import("../runtime/ingest/server.js");
      const { storeChecksOf } = await import("../runtime/system/store-checks.js");
      const { host, port } = flags;
      const verifier = await verifierFor(keys, flags, logger);
      const allowOrigins = flags["allow-origin"];
      const stores = storeChecksOf(engine, ["log", "ledger"]);
      const parts = { log, ledger, registry, keys, clocks, verifier, stores };
      return startIngest({
        ...parts,
        host,
        port,
        logger,
        allowOrigins,
        ...connectionLimits(flags),
        metricsAt: isWorker ? undefined : metricsAddress(flags),
        rates: ballotRates(flags),
      });
    });
  }
}
