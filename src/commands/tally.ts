import { DaemonCommand } from "../cli/daemon-command.js";
import type { TallyEvents } from "../runtime/tally/tally.js";
import type { Logger } from "../runtime/telemetry/logger.js";

export default class Tally extends DaemonCommand {
  static override summary = "Decide the log's ballots and write segments to the ledger.";
  static override description =
    "Several tallies over one data directory share the partitions; one that dies is taken over. " +
    "Each also opens and closes elections at their times.";
  static override examples = ["<%= config.bin %> tally --data-dir ./data"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Tally);
    await this.runRole("tally", flags, async (engine, logger) => {
      const { startTally } = await import("../runtime/tally/tally.js");
      const { keepTime } = await import("../runtime/orchestrate/local-admin.js");
      const tally = await startTally({ ...engine, events: logged(logger) });
      const timekeeper = keepTime(engine, logger);
      return {
        async stop() {
          await timekeeper.stop();
          await tally.stop();
        },
      };
    });
  }
}

const troubles: readonly string[] = ["fenced", "failed", "ledger-retry", "view-retry"];

/** What the tally reports, as log lines; trouble is a warning, the rest is the usual course. */
function logged(logger: Logger): TallyEvents {
  return {
    event(name, fields) {
      if (troubles.includes(name)) logger.warn(fields, name);
      else logger.info(fields, name);
    },
  };
}
