import type { EngineFlags } from "../runtime/config/engine-choice.js";
import type { HttpAddress } from "../runtime/http/server.js";
import type { SharedRole } from "../runtime/metrics/workers/merge-status.js";
import type { WorkerReadings } from "../runtime/metrics/workers/worker-readings.js";
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

  /**
   * Runs the same command as several processes; this one starts and stops them, and answers for all
   * of them.
   *
   * @param port that they share; none: they listen nowhere
   */
  protected async runWorkers<Role extends SharedRole>(
    role: Role,
    flags: { readonly processes: number; readonly port?: number; readonly "log-level": string },
    answersAt: AnswersAt,
  ): Promise<void> {
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const { startWorkers } = await import("../runtime/processes/workers.js");
    const { WorkerReadings } = await import("../runtime/metrics/workers/worker-readings.js");
    const logger = createLogger(role, flags["log-level"]);
    const onEvent = ({ event, ...facts }: SupervisorEvent) =>
      logger[event === "role-restarted" ? "info" : "error"](facts, event);
    const scraped = (answersAt.status ?? answersAt.metrics) !== undefined;
    const readings = new WorkerReadings(role, { scraped });
    const server = await answer(role, readings, answersAt);
    const { processes: count, port } = flags;
    const workers = await startWorkers({ role, count, port, onEvent });
    const { pids } = workers;
    const url = workers.url ?? server?.url;
    this.line({ role, pid: process.pid, url, metricsUrl: server?.metricsUrl, workers: pids });
    const at = url === undefined ? "" : ` at ${url}`;
    this.log(`READY ${role}${at} (processes ${pids.join(", ")})`);
    const why = await stopped;
    logger.info({ why }, "draining");
    readings.drain();
    await workers.stop();
    await server?.stop();
    logger.info("stopped");
    this.exit(0);
  }
}

/** Where a parent of workers answers: `status` with the probes and all, `metrics` to Prometheus. */
interface AnswersAt {
  readonly status?: HttpAddress | undefined;
  readonly metrics?: HttpAddress | undefined;
}

async function answer<Role extends SharedRole>(
  role: Role,
  readings: WorkerReadings<Role>,
  { status, metrics }: AnswersAt,
) {
  if (status !== undefined) {
    const { startWorkersStatus } = await import("../runtime/http/worker-status.js");
    return startWorkersStatus(role, readings, status);
  }
  if (metrics === undefined) return undefined;
  const { startMetrics } = await import("../runtime/http/status.js");
  const { url: metricsUrl, stop } = await startMetrics(metrics, () => readings.metrics());
  return { url: undefined, metricsUrl, stop };
}
