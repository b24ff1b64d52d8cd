import { Flags } from "@oclif/core";
import { DaemonCommand } from "../cli/daemon-command.js";
import { ballotRateFlags, ballotRates } from "../cli/flags/ballot-rates.js";
import {
  connectionLimits,
  listenFlags,
  metricsAddress,
  metricsFlags,
} from "../cli/flags/listen.js";
import { verifierFlags, verifierFor } from "../cli/flags/verifier-flags.js";

export default class Ingest extends DaemonCommand {
  static override summary = "Take ballots over HTTP and make them durable in the log.";
  static override description =
    "Answers 202 once a ballot is on disk. Never counts. Several may share one data directory.";
  static override examples = [
    "<%= config.bin %> ingest --data-dir ./data --port 4000",
    "<%= config.bin %> ingest --issuer https://id.example/realms/votes",
  ];
  static override flags = {
    ...listenFlags(4000),
    ...metricsFlags("ingest"),
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
        metricsAt: metricsAddress(flags),
        rates: ballotRates(flags),
      });
    });
  }
}
