import { destination, type Logger, pino } from "pino";

export type { Logger } from "pino";

/** Never written, wherever they turn up: who voted, and what proves it. */
const secretKeys = ["voter", "voterId", "sub", "subject", "token", "authorization", "secret"];

/**
 * JSON lines to stderr, so that stdout stays the command's own.
 *
 * @param role  which part of the system speaks: "ingest", "tally", …
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
