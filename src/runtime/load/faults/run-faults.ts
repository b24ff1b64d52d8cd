import type { LoadClock } from "../measure/clock.js";
import { type FaultRecord, type FaultRole, type FaultSpec, isService } from "../scenario/fault.js";

/** The processes that faults are done to. */
export interface FaultTargets {
  /** Of the process that has the role now; undefined while it is being started again. */
  pidOf(role: FaultRole): Promise<number | undefined>;
  /** @returns false if there is no such process any more */
  signal(pid: number, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): boolean;
  /** Starts a killed server of the cluster again. */
  startAgain(role: FaultRole): Promise<void>;
}

export interface FaultRun {
  /**
   * Leaves out what has not begun, continues what stands still, and starts again what is away.
   *
   * @returns what was done, in the order of time; rejects if a server could not be started again
   */
  stop(): Promise<readonly FaultRecord[]>;
}

const lookEveryMs = 20;

/**
 * Does the faults of a scenario to a running system, each at its time.
 *
 * @param startAt when the run begins, in milliseconds since the epoch
 */
export function runFaults(
  faults: readonly FaultSpec[],
  targets: FaultTargets,
  clock: LoadClock,
  startAt: number,
): FaultRun {
  const startedAt = clock.now() + startAt - clock.wallClock();
  const done: FaultRecord[] = [];
  let stopped = false;

  /** @returns false if the run was stopped before */
  async function reached(atMs: number): Promise<boolean> {
    for (;;) {
      const left = startedAt + atMs - clock.now();
      if (stopped || left <= 0) return !stopped;
      await clock.sleep(Math.min(left, lookEveryMs));
    }
  }

  async function one(fault: FaultSpec): Promise<void> {
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
      else if (isService(role)) await targets.startAgain(role);
    }
  }

  const running = Promise.all(faults.map(one));
  // Told to whoever stops the run, and to nobody before.
  running.catch(() => {});
  return {
    async stop() {
      stopped = true;
      await running;
      return done.sort((first, second) => first.at - second.at);
    },
  };
}
