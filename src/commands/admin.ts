import { DaemonCommand } from "../cli/daemon-command.js";
import { connectionLimits, listenFlags } from "../cli/flags/listen.js";
import { verifierFlags, verifierFor } from "../cli/flags/verifier-flags.js";

export default class Admin extends DaemonCommand {
  static override summary = "Serve the admin API and carry out election schedules.";
  static override description =
    "Admins create, schedule, open and close elections with a token of the scope admin; the " +
    "election's trail records who did what. Keep its address out of voters' reach.";
  static override examples = [
    "<%= config.bin %> admin --data-dir ./data --port 4002",
    "<%= config.bin %> admin --issuer https://id.example/realms/votes",
  ];
  static override flags = {
    ...listenFlags(4002),
    ...verifierFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Admin);
    await this.runRole("admin", flags, async (engine, logger) => {
      const { startAdmin } = await import("../runtime/admin/server.js");
      const { keepTime, localAdmin } = await import("../runtime/elections/local-admin.js");
      const { storeChecksOf } = await import("../runtime/system/store-checks.js");
      const { host, port } = flags;
      const verifier = await verifierFor(engine.keys, flags, logger);
      const stores = storeChecksOf(engine, ["log", "ledger"]);
      const admin = localAdmin(engine);
      const running = await startAdmin({
        ...{ admin, verifier, stores, clocks: engine.clocks, host, port, logger },
        ...connectionLimits(flags),
      });
      const timekeeper = keepTime(engine, logger);
      return {
        url: running.url,
        metricsUrl: running.metricsUrl,
        async stop() {
          await timekeeper.stop();
          await running.stop();
        },
      };
    });
  }
}
