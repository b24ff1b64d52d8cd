import { messageOf } from "../core/errors.js";
import { backoffMs } from "../time/backoff.js";
import { sleep } from "../time/clock.js";
import type { RoleProcess } from "./role-process.js";

/** An event in the life of a supervised role. */
export type SupervisorEvent =
  | {
      readonly event: "role-died";
      readonly role: string;
      readonly pid: number;
      readonly code: number;
    }
  | { readonly event: "role-restarted"; readonly role: string; readonly pid: number }
  | { readonly event: "role-start-failed"; readonly role: string; readonly reason: string };

/** A role that is restarted whenever it dies. */
export interface Supervised {
  readonly url: string | undefined;
  readonly metricsUrl: string | undefined;
  /** Process id of the role, or of the last one while it restarts. */
  readonly pid: number;
  /** Drains the role, within 20 s, and ends the supervision; resolves with the exit code. */
  stop(): Promise<number>;
  /** Kills the role at once. */
  kill(): void;
}

const restartBackoff = { firstMs: 200, maxMs: 10_000 } as const;
/** A role that takes longer to drain is killed: what it acknowledged is durable anyway. */
const drainWithinMs = 20_000;
/** A role that has lived this long restarts with the shortest pause again. */
const stableAfterMs = 30_000;

/**
 * Restarts a role whenever it dies, with growing pauses, until it is told to stop.
 *
 * @param first the role as it was started: a start that fails is reported, not repeated
 * @param restart starts it again with the same address
 */
export function supervise(
  first: RoleProcess,
  restart: () => Promise<RoleProcess>,
  onEvent: (event: SupervisorEvent) => void,
): Supervised {
  const { role } = first;
  const stopping = new AbortController();
  let current = first;
  let failures = 0;

  async function restarted(): Promise<boolean> {
    while (!stopping.signal.aborted) {
      await sleep(backoffMs(++failures, restartBackoff), stopping.signal);
      if (stopping.signal.aborted) return false;
      try {
        current = await restart();
        onEvent({ event: "role-restarted", role, pid: current.pid });
        // A stop during the start has not reached the new process.
        if (stopping.signal.aborted) current.signal("SIGTERM");
        return true;
      } catch (error) {
        const reason = messageOf(error);
        onEvent({ event: "role-start-failed", role, reason });
      }
    }
    return false;
  }

  async function keepAlive(): Promise<number> {
    for (;;) {
      const startedAt = performance.now();
      const code = await current.exited;
      if (stopping.signal.aborted) return code;
      onEvent({ event: "role-died", role, pid: current.pid, code });
      if (performance.now() - startedAt > stableAfterMs) failures = 0;
      if (!(await restarted())) return code;
    }
  }

  const ended = keepAlive();
  return {
    url: first.url,
    metricsUrl: first.metricsUrl,
    get pid() {
      return current.pid;
    },
    stop() {
      stopping.abort();
      current.signal("SIGTERM");
      const bound = setTimeout(() => current.signal("SIGKILL"), drainWithinMs);
      return ended.finally(() => clearTimeout(bound));
    },
    kill: () => current.signal("SIGKILL"),
  };
}
