import { DaemonCommand, listenFlags } from "../cli/daemon-command.js";

export default class Ingest extends DaemonCommand {
  static override summary = "Take ballots over HTTP and make them durable in the log.";
  static override description =
    "Answers 202 once a ballot is on disk. Never counts. Several may share one data directory.";
  static override examples = ["<%= config.bin %> ingest --data-dir ./data --port 4000"];
  static override flags = listenFlags(4000);

  async run(): Promise<void> {
    const { flags } = await this.parse(Ingest);
    await this.runRole("ingest", flags, async ({ log, registry, keys }, logger) => {
      const { startIngest } = await import("../runtime/ingest/server.js");
      const { host, port } = flags;
      return startIngest({ log, registry, keys, host, port, logger });
    });
  }
}
