/**
 * What happens to the system on purpose while a run goes on: a scenario's faults, each at its time.
 */
import type { FaultRecord } from "../../contracts/load/load-record.js";
import type { Clock } from "../../time/clock.js";
import { type FaultRole, type FaultSpec, isService } from "../scenario/fault.js";

/** The processes that faults hit. */
export interface FaultTargets {
  /** The process that has the role now; undefined while it restarts. */
  pidOf(role: FaultRole): Promise<number | undefined>;
  /** @returns false if the process has ended */
  signal(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean;
  /** Restarts a killed server of the cluster. */
  restart(role: FaultRole): Promise<void>;
}

export interface FaultRun {
  /**
   * Skips the faults that have not begun, resumes paused processes, and restarts killed servers.
   *
   * @returns the faults that took place, in order of time; rejects if a server did not restart
   */
  stop(): Promise<readonly FaultRecord[]>;
}

/**
 * Injects a scenario's faults into a running system, each at its time.
 *
 * @param startAt when the run begins, in milliseconds since the epoch
 */
export function runFaults(
  faults: readonly FaultSpec[],
  targets: FaultTargets,
  clock: Clock,
  startAt: number,
): FaultRun {
  const startedAt = clock.now() + startAt - clock.wallClock();
  const done: FaultRecord[] = [];
  const stopping = new AbortController();

  /** @returns false if the run was stopped first */
  async function reached(atMs: number): Promise<boolean> {
    for (;;) {
      const left = startedAt + atMs - clock.now();
      if (stopping.signal.aborted || left <= 0) return !stopping.signal.aborted;
      await clock.sleep(left, stopping.signal);
    }
  }

  async function inject(fault: FaultSpec): Promise<void> {
    const { atSeconds, action, role, forSeconds } = fault;
    if (!(await reached(atSeconds * 1_000))) return;
    const pid = (await targets.pidOf(role)) ?? 0;
    const hit = pid !== 0 && targets.signal(pid, action === "kill" ? "SIGKILL" : "SIGSTOP");
    done.push({ ...fault, pid: hit ? pid : 0, at: clock.wallClock() });
    if (!hit) return;
    try {
      await reached(clock.now() - startedAt + forSeconds * 1_000);
    } finally {
      if (action === "pause") targets.signal(pid, "SIGCONT");
      else if (isService(role)) await targets.restart(role);
    }
  }

  const running = Promise.all(faults.map(inject));
  // Only `stop` reports a failure.
  running.catch(() => {});
  return {
    async stop() {
      stopping.abort();
      await running;
      return done.sort((first, second) => first.at - second.at);
    },
  };
}
