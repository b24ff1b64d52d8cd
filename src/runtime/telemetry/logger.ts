import { destination, type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Never logged, wherever these keys occur: they say who voted, or prove it. */
const secretKeys = ["voter", "voterId", "sub", "subject", "token", "authorization", "secret"];

/**
 * Makes a logger that writes JSON lines to stderr and leaves stdout to the command.
 *
 * @param role  the part of the system that logs: "ingest", "tally", …
 * @param level pino's level. Default: the environment's `LOG_LEVEL`, or "info".
 */
export function createLogger(role: string, level = process.env.LOG_LEVEL ?? "info"): Logger {
  return pino(
    {
      level,
      base: { role, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      redact: {
        paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: "[redacted]",
      },
    },
    destination({ fd: 2, sync: true }),
  );
}
