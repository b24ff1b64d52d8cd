import { Flags } from "@oclif/core";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import type { Role } from "../runtime/processes/role-process.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring.js";
import { untilStopped } from "./signals.js";
import { VoteCommand } from "./vote-command.js";
import { type EngineWishes, withEngine } from "./with-engine.js";

export interface RunningRole {
  readonly url?: string;
  stop(): Promise<void>;
}

/** `--port` and `--host` of a role that listens. */
export function listenFlags(defaultPort: number) {
  return {
    port: Flags.integer({
      description: "Port to listen on; 0 takes any free one",
      min: 0,
      max: 65_535,
      default: defaultPort,
    }),
    host: Flags.string({ description: "Address to listen on", default: "127.0.0.1" }),
  };
}

/** What a role verifies bearer tokens by; for `openTokenVerifier`. */
export const verifierFlags = {
  "jwks-file": Flags.file({
    description: "Public keys that tokens are verified by (RS256, ES256, EdDSA)",
    env: "VOTE_JWKS_FILE",
  }),
  "token-secret-file": Flags.file({
    description: "Secret that tokens are verified by (HS256; default: the data directory's own)",
    env: "VOTE_TOKEN_SECRET_FILE",
  }),
};

/**
 * One role as a process: starts it over the data directory, says that it is ready (with --json as
 * one line `{role, pid, url?}`), and drains at SIGTERM or Ctrl+C.
 */
export abstract class DaemonCommand extends VoteCommand {
  static override jsonLines = true;

  protected async runRole(
    role: string,
    flags: EngineFlags & { readonly "log-level": string },
    start: (engine: Engine, logger: Logger) => Promise<RunningRole>,
    wishes: Omit<EngineWishes, "notice"> = {},
  ): Promise<void> {
    // Before the start: a signal that comes while it boots still leads to a clean end.
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const logger = createLogger(role, flags["log-level"]);
    const work = async (engine: Engine): Promise<void> => {
      const running = await start(engine, logger);
      const { url } = running;
      this.line({ role, pid: process.pid, ...(url === undefined ? {} : { url }) });
      this.log(`READY ${role}${url === undefined ? "" : ` at ${url}`} (process ${process.pid})`);
      const why = await stopped;
      logger.info({ why }, "draining");
      await running.stop();
      logger.info("stopped");
    };
    const notice = (what: string, error: unknown) => logger.warn({ err: error }, what);
    await withEngine(flags, work, { ...wishes, notice });
    // Everything is stored and closed; whatever timer or socket is left must not hold the process.
    this.exit(0);
  }

  /** The same command as several processes on one port; this one only starts and stops them. */
  protected async runWorkers(
    role: Role,
    count: number,
    flags: { readonly port: number; readonly "log-level": string },
  ): Promise<void> {
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const { startWorkers } = await import("../runtime/processes/workers.js");
    const logger = createLogger(role, flags["log-level"]);
    const onDeath = (pid: number, code: number) =>
      logger.error({ worker: pid, code }, "a worker died");
    const workers = await startWorkers({ role, count, port: flags.port, onDeath });
    const { url, pids } = workers;
    this.line({ role, pid: process.pid, ...(url === undefined ? {} : { url }), workers: pids });
    this.log(`READY ${role} at ${url} (processes ${pids.join(", ")})`);
    await stopped;
    await workers.stop();
    this.exit(0);
  }
}
