import type { EngineFlags } from "../runtime/config/engine-choice.js";
import type { HttpAddress } from "../runtime/http/server.js";
import type { Role } from "../runtime/processes/role-process.js";
import type { SupervisorEvent } from "../runtime/processes/supervise.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring/engine.js";
import { DataCommand } from "./data-command.js";
import { untilStopped } from "./signals.js";
import { type DaemonEngineOptions, withEngine } from "./with-engine.js";

/** A role that runs in this process. */
export interface RunningRole {
  readonly url?: string;
  /** Where Prometheus scrapes it. */
  readonly metricsUrl?: string | undefined;
  stop(): Promise<void>;
}

/**
 * Runs one role as a process: starts it over the data directory, announces that it is ready (with
 * --json as one line `{role, pid, url?, metricsUrl?}`), and drains at SIGTERM or Ctrl+C.
 */
export abstract class DaemonCommand extends DataCommand {
  static override jsonLines = true;

  protected async runRole(
    role: string,
    flags: EngineFlags & { readonly "log-level": string },
    start: (engine: Engine, logger: Logger) => Promise<RunningRole>,
    engineOptions: Omit<DaemonEngineOptions, "notice"> = {},
  ): Promise<void> {
    // Listens before the start, so that a signal during the start still ends the role cleanly.
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const logger = createLogger(role, flags["log-level"]);
    const work = async (engine: Engine): Promise<void> => {
      const running = await start(engine, logger);
      const { url, metricsUrl } = running;
      this.line({ role, pid: process.pid, url, metricsUrl });
      this.log(`READY ${role}${url === undefined ? "" : ` at ${url}`} (process ${process.pid})`);
      const why = await stopped;
      logger.info({ why }, "draining");
      await running.stop();
      logger.info("stopped");
    };
    const notice = (what: string, error: unknown) => logger.warn({ err: error }, what);
    await withEngine(flags, work, { ...engineOptions, notice });
    // Everything is stored and closed: no timer or socket that is left may hold the process.
    this.exit(0);
  }

  /** Runs the same command as several processes on one port; this one starts and stops them. */
  protected async runWorkers(
    role: Role,
    count: number,
    flags: { readonly port: number; readonly "log-level": string },
    metricsAt: HttpAddress | undefined,
  ): Promise<void> {
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const { startWorkers } = await import("../runtime/processes/workers.js");
    const logger = createLogger(role, flags["log-level"]);
    const onEvent = ({ event, ...facts }: SupervisorEvent) =>
      logger[event === "role-restarted" ? "info" : "error"](facts, event);
    const metrics = metricsAt === undefined ? undefined : await metricsOfWorkers(metricsAt);
    const workers = await startWorkers({ role, count, port: flags.port, onEvent });
    const { url, pids } = workers;
    this.line({ role, pid: process.pid, url, metricsUrl: metrics?.url, workers: pids });
    this.log(`READY ${role} at ${url} (processes ${pids.join(", ")})`);
    await stopped;
    await metrics?.stop();
    await workers.stop();
    this.exit(0);
  }
}

async function metricsOfWorkers(at: HttpAddress) {
  const { startMetrics } = await import("../runtime/http/status.js");
  const { readWorkers } = await import("../runtime/metrics/workers.js");
  return startMetrics(at, readWorkers());
}
