import { Flags } from "@oclif/core";
import {
  connectionLimits,
  DaemonCommand,
  listenFlags,
  verifierFlags,
} from "../cli/daemon-command.js";

export default class Ingest extends DaemonCommand {
  static override summary = "Take ballots over HTTP and make them durable in the log.";
  static override description =
    "Answers 202 once a ballot is on disk. Never counts. Several may share one data directory.";
  static override examples = [
    "<%= config.bin %> ingest --data-dir ./data --port 4000",
    "<%= config.bin %> ingest --jwks-file ./identity-provider.jwks.json",
  ];
  static override flags = {
    ...listenFlags(4000),
    ...verifierFlags,
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
      const { log, registry, keys, clocks } = engine;
      const { startIngest } = await import("../runtime/ingest/server.js");
      const { storeChecksOf } = await import("../runtime/system/store-checks.js");
      const { openTokenVerifier } = await import("../runtime/keys/tokens.js");
      const { host, port, "jwks-file": jwksFile, "token-secret-file": secretFile } = flags;
      const verifier = await openTokenVerifier(keys, { jwksFile, secretFile });
      const allowOrigins = flags["allow-origin"];
      const stores = storeChecksOf(engine, ["log", "ledger"]);
      const parts = { log, registry, keys, clocks, verifier, stores };
      return startIngest({
        ...parts,
        host,
        port,
        logger,
        allowOrigins,
        ...connectionLimits(flags),
      });
    });
  }
}
