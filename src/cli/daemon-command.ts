import { Flags, type Interfaces } from "@oclif/core";
import type { EngineFlags } from "../runtime/config/engine-choice.js";
import type { ConnectionLimits } from "../runtime/http/connections/connection-limits.js";
import type { Role } from "../runtime/processes/role-process.js";
import type { SupervisorEvent } from "../runtime/processes/supervise.js";
import type { Logger } from "../runtime/telemetry/logger.js";
import type { Engine } from "../runtime/wiring.js";
import { DataCommand } from "./data-command.js";
import { wholeFlag } from "./flags/numbers.js";
import { untilStopped } from "./signals.js";
import { type DaemonEngineOptions, withEngine } from "./with-engine.js";

/** A role that runs in this process. */
export interface RunningRole {
  readonly url?: string;
  stop(): Promise<void>;
}

/** Flags for the address of a role that listens, and for how many connections it takes. */
export function listenFlags(defaultPort: number) {
  return {
    port: wholeFlag({
      description: "Port to listen on; 0 takes any free one",
      min: 0,
      max: 65_535,
      default: defaultPort,
    }),
    host: Flags.string({
      helpValue: "<address>",
      description: "Address to listen on",
      default: "127.0.0.1",
    }),
    "max-connections": wholeFlag({
      helpGroup: "LIMITS",
      description: "Most connections at once (default: what the descriptors allow, up to 65,536)",
      min: 1,
      env: "VOTE_MAX_CONNECTIONS",
    }),
    "max-connections-per-address": wholeFlag({
      helpGroup: "LIMITS",
      description:
        "Most connections of one address, 0 for any number, as behind a load balancer " +
        "(default: 4,096, and any number from this machine)",
      min: 0,
      env: "VOTE_MAX_CONNECTIONS_PER_ADDRESS",
    }),
  };
}

/** The flags' limits as a server takes them. */
export function connectionLimits(
  flags: Interfaces.InferredFlags<ReturnType<typeof listenFlags>>,
): ConnectionLimits {
  return {
    maxConnections: flags["max-connections"],
    maxConnectionsPerAddress: flags["max-connections-per-address"],
  };
}

/** Flags for the keys by which a role verifies bearer tokens; see `openTokenVerifier`. */
export const verifierFlags = {
  "jwks-file": Flags.file({
    helpGroup: "TOKENS",
    helpValue: "<file>",
    description: "Public keys to verify tokens with (RS256, ES256, EdDSA)",
    env: "VOTE_JWKS_FILE",
  }),
  "token-secret-file": Flags.file({
    helpGroup: "TOKENS",
    helpValue: "<file>",
    description: "Secret to verify tokens with (HS256; default: the data directory's own)",
    env: "VOTE_TOKEN_SECRET_FILE",
  }),
};

/**
 * Runs one role as a process: starts it over the data directory, announces that it is ready (with
 * --json as one line `{role, pid, url?}`), and drains at SIGTERM or Ctrl+C.
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
      const { url } = running;
      this.line({ role, pid: process.pid, ...(url === undefined ? {} : { url }) });
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
  ): Promise<void> {
    const stopped = untilStopped();
    const { createLogger } = await import("../runtime/telemetry/logger.js");
    const { startWorkers } = await import("../runtime/processes/workers.js");
    const logger = createLogger(role, flags["log-level"]);
    const onEvent = ({ event, ...facts }: SupervisorEvent) =>
      logger[event === "role-restarted" ? "info" : "error"](facts, event);
    const workers = await startWorkers({ role, count, port: flags.port, onEvent });
    const { url, pids } = workers;
    this.line({ role, pid: process.pid, ...(url === undefined ? {} : { url }), workers: pids });
    this.log(`READY ${role} at ${url} (processes ${pids.join(", ")})`);
    await stopped;
    await workers.stop();
    this.exit(0);
  }
}
