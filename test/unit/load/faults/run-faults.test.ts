import { describe, expect, it } from "vitest";
import { type FaultTargets, runFaults } from "../../../../src/runtime/load/faults/run-faults.js";
import type { FaultSpec } from "../../../../src/runtime/load/scenario/fault.js";
import { type Clock, systemClock } from "../../../../src/runtime/time/clock.js";

const epoch = 1_700_000_000_000;

/** A clock that stands still until somebody sleeps: time is then the nearest alarm. */
class SimulatedClock implements Clock {
  #now = 0;
  #alarms: { at: number; ring: () => void }[] = [];

  now = () => this.#now;
  wallClock = () => epoch + this.#now;
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((ring) => {
      this.#alarms.push({ at: this.#now + ms, ring });
      signal?.addEventListener("abort", () => ring());
    });
  after = systemClock.after;

  async until(at: number): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      this.#alarms.sort((one, other) => one.at - other.at);
      const next = this.#alarms[0];
      if (next === undefined || next.at > at) break;
      this.#alarms.shift();
      this.#now = next.at;
      next.ring();
    }
    this.#now = at;
  }
}

/** Records what is done to the processes that it has. */
function processes(pids: Partial<Record<FaultSpec["role"], number>>, clock: Clock) {
  const done: string[] = [];
  const targets: FaultTargets = {
    pidOf: async (role) => pids[role],
    signal: (pid, signal) => {
      done.push(`${clock.now()} ${signal} ${pid}`);
      return true;
    },
    restart: async (role) => void done.push(`${clock.now()} restart ${role}`),
  };
  return { done, targets, pids };
}

const kill = { action: "kill", role: "tally", atSeconds: 1, forSeconds: 0 } as const;
const pause = { action: "pause", role: "ingest", atSeconds: 2, forSeconds: 3 } as const;

describe("runFaults", () => {
  it("does each fault at its time to the process that has the role then", async () => {
    const clock = new SimulatedClock();
    const { done, targets, pids } = processes({ tally: 11, ingest: 22, kafka: 33 }, clock);
    const away = { ...kill, role: "kafka", atSeconds: 4, forSeconds: 2 } as const;
    const run = runFaults([pause, kill, away], targets, clock, epoch + 500);
    await clock.until(1_400);
    expect(done).toEqual([]);
    await clock.until(2_000);
    pids.ingest = 23;
    await clock.until(9_000);
    expect(done).toEqual([
      "1500 SIGKILL 11",
      "2500 SIGSTOP 23",
      "4500 SIGKILL 33",
      "5500 SIGCONT 23",
      "6500 restart kafka",
    ]);
    expect(await run.stop()).toEqual([
      { ...kill, pid: 11, at: epoch + 1_500 },
      { ...pause, pid: 23, at: epoch + 2_500 },
      { ...away, pid: 33, at: epoch + 4_500 },
    ]);
  });

  it("continues what stands still when it is stopped, and begins nothing more", async () => {
    const clock = new SimulatedClock();
    const { done, targets } = processes({ tally: 11, ingest: 22 }, clock);
    const late = { ...kill, atSeconds: 4 };
    const run = runFaults([pause, late], targets, clock, epoch);
    await clock.until(2_500);
    const stopped = run.stop();
    await clock.until(9_000);
    expect(await stopped).toMatchObject([{ role: "ingest", pid: 22 }]);
    expect(done).toEqual(["2000 SIGSTOP 22", "2500 SIGCONT 22"]);
  });

  it("says with 0 that nothing ran there just then", async () => {
    const clock = new SimulatedClock();
    const { done, targets } = processes({}, clock);
    const run = runFaults([pause], targets, clock, epoch);
    await clock.until(9_000);
    expect(await run.stop()).toEqual([{ ...pause, pid: 0, at: epoch + 2_000 }]);
    expect(done).toEqual([]);
  });

  it("tells whoever stops it that a server did not come back", async () => {
    const clock = new SimulatedClock();
    const { targets } = processes({ redis: 5 }, clock);
    const failing = { ...targets, restart: () => Promise.reject(new Error("no room")) };
    const run = runFaults([{ ...kill, role: "redis" }], failing, clock, epoch);
    await clock.until(9_000);
    await expect(run.stop()).rejects.toThrowError("no room");
  });
});
