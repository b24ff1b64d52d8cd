import { setTimeout as sleep } from "node:timers/promises";
import { type RoleOptions, type RoleProcess, startRole } from "./role-process.js";

/** What happened to a supervised role. */
export type SupervisorEvent =
  | { readonly event: "role-died"; readonly role: string; readonly code: number }
  | { readonly event: "role-restarted"; readonly role: string; readonly pid: number }
  | { readonly event: "role-start-failed"; readonly role: string; readonly reason: string };

export interface Supervised {
  readonly url: string | undefined;
  /** Of the current process. */
  readonly pid: number;
  /** Drains the role, within 20 s, and ends the supervision; resolves with the exit code. */
  stop(): Promise<number>;
  /** Ends it at once. */
  kill(): void;
}

const firstDelayMs = 200;
const maxDelayMs = 10_000;
/** A role that has not drained by then is ended: what it acknowledged is durable all the same. */
const drainWithinMs = 20_000;
/** A role that has lived this long starts again from the shortest delay. */
const stableAfterMs = 30_000;

/**
 * Starts a role and starts it again, later each time, whenever it ends without being told to.
 *
 * @param again arguments of every later start: the port that a port of 0 has become
 * @throws VoteError if the first start fails: that is a mistake to be told, not to be repeated
 */
export async function supervise(
  options: RoleOptions,
  again: (first: RoleProcess) => readonly string[],
  onEvent: (event: SupervisorEvent) => void,
): Promise<Supervised> {
  const first = await startRole(options);
  const later = { ...options, args: again(first) };
  let current: RoleProcess | undefined = first;
  const stopping = new AbortController();
  const { role } = options;

  async function restart(delayMs: number): Promise<RoleProcess | undefined> {
    await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => {});
    if (stopping.signal.aborted) return undefined;
    try {
      const next = await startRole(later);
      onEvent({ event: "role-restarted", role, pid: next.pid });
      return next;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onEvent({ event: "role-start-failed", role, reason });
      return restart(Math.min(delayMs * 2, maxDelayMs));
    }
  }

  async function keepAlive(): Promise<number> {
    let delayMs = firstDelayMs;
    let code = 0;
    while (current !== undefined) {
      const since = performance.now();
      code = await current.exited;
      if (stopping.signal.aborted) break;
      onEvent({ event: "role-died", role, code });
      if (performance.now() - since > stableAfterMs) delayMs = firstDelayMs;
      current = await restart(delayMs);
      delayMs = Math.min(delayMs * 2, maxDelayMs);
      // Told to stop while it was starting: it has not heard of it yet.
      if (stopping.signal.aborted) current?.signal("SIGTERM");
    }
    return code;
  }

  const ended = keepAlive();
  return {
    url: first.url,
    get pid() {
      return current?.pid ?? first.pid;
    },
    stop() {
      stopping.abort();
      current?.signal("SIGTERM");
      const bound = setTimeout(() => current?.signal("SIGKILL"), drainWithinMs);
      return ended.finally(() => clearTimeout(bound));
    },
    kill: () => current?.signal("SIGKILL"),
  };
}
