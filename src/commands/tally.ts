import { Flags } from "@oclif/core";
import { DaemonCommand } from "../cli/daemon-command.js";
import { processesFlag } from "../cli/flags/listen.js";
import { wholeFlag } from "../cli/flags/numbers.js";
import { isWorker } from "../runtime/metrics/workers/channel.js";
import type { RunningTally } from "../runtime/tally/tally.js";
import type { TallyEvents } from "../runtime/tally/telemetry/tally-events.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring/engine.js";

export default class Tally extends DaemonCommand {
  static override summary = "Decide the log's ballots and write segments to the ledger.";
  static override description =
    "Several tallies over one data directory share the partitions, and take over from one that " +
    "dies. Each also opens and closes elections on schedule.";
  static override examples = [
    "<%= config.bin %> tally --data-dir ./data",
    "<%= config.bin %> tally --data-dir ./data --processes 4 --status-port 4003",
  ];

  static override flags = {
    "status-port": wholeFlag({
      description:
        "Port for probes, GET /statusz and /metrics; 0 takes any free one (default: none)",
      min: 0,
      max: 65_535,
      env: "VOTE_TALLY_STATUS_PORT",
    }),
    host: Flags.string({
      helpValue: "<address>",
      description: "Address for the status port",
      default: "127.0.0.1",
    }),
    processes: processesFlag("the partitions"),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Tally);
    const { host, "status-port": port } = flags;
    if (flags.processes > 1 && !isWorker) {
      const status = port === undefined ? undefined : { host, port };
      return this.runWorkers("tally", { ...flags, port: undefined }, { status });
    }
    await this.runRole("tally", flags, async (engine, logger) => {
      const { startTally } = await import("../runtime/tally/tally.js");
      const { keepTime } = await import("../runtime/elections/local-admin.js");
      const watchLag = port !== undefined;
      const tally = await startTally({ ...engine, events: logged(logger), watchLag });
      const status = port === undefined ? undefined : await statusOf(engine, tally, host, port);
      const timekeeper = keepTime(engine, logger);
      return {
        ...(status === undefined ? {} : { url: status.url, metricsUrl: status.metricsUrl }),
        async stop() {
          await status?.stop();
          await timekeeper.stop();
          await tally.stop();
        },
      };
    });
  }
}

async function statusOf(engine: Engine, tally: RunningTally, host: string, port: number) {
  const { startStatusServer, statusReader } = await import("../runtime/http/status.js");
  const { tellParent } = await import("../runtime/metrics/workers/tell-parent.js");
  const { storeChecksOf } = await import("../runtime/system/store-checks.js");
  const stores = storeChecksOf(engine, ["log", "ledger", "view"]);
  // It is there only once it has joined the others: then it takes work.
  const ready = () => tally.requireReady();
  const { clocks } = engine;
  const { metrics, durations } = tally;
  const readings = { role: "tally", stores, clocks, metrics, durations } as const;
  if (isWorker) return tellParent(statusReader(readings), ready);
  return startStatusServer({ ...readings, ready, host, port });
}

const troubles: readonly string[] = ["fenced", "refused", "failed", "ledger-retry", "view-retry"];

/** Logs what the tally reports: trouble as warnings, the rest as information. */
function logged(logger: Logger): TallyEvents {
  return {
    event(name, fields) {
      if (troubles.includes(name)) logger.warn(fields, name);
      else logger.info(fields, name);
    },
  };
}
