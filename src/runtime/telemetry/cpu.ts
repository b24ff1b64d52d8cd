import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";

/** Kernel clock ticks a second, as Linux exports them to user space (USER_HZ). */
const ticksPerSecond = 100;

/**
 * Reads the CPU seconds (user and system, all threads) that a process has used so far.
 *
 * @returns undefined without /proc or without such a process
 */
export async function cpuSecondsOf(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold spaces: count after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Sums the CPU seconds of several processes; those that cannot be read count as 0. */
export async function cpuSecondsOfAll(pids: readonly number[]): Promise<number> {
  const all = await Promise.all(pids.map(cpuSecondsOf));
  return all.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0);
}

/** How hard this process has worked since `startEffort` was called. */
export interface Effort {
  /** User and system, all threads. */
  readonly cpuSeconds: number;
  /** Share of the time the event loop was busy, 0 to 1: near 1 it was the bottleneck. */
  readonly busyShare: number;
}

/** Starts measuring; the function returned says what this process has used since. */
export function startEffort(): () => Effort {
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const { utilization } = performance.eventLoopUtilization(loopBefore);
    return { cpuSeconds: (user + system) / 1e6, busyShare: Math.min(1, utilization) };
  };
}
