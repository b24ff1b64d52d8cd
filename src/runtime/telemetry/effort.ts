import { performance } from "node:perf_hooks";

/** How hard this process has worked since the measure was started. */
export interface Effort {
  /** User and system, all threads. */
  readonly cpuSeconds: number;
  /** Share of the time that the event loop had work, 0 to 1: near 1 it was the limit. */
  readonly busyShare: number;
}

/** @returns what was used between this call and that of what it returns */
export function startEffort(): () => Effort {
  const cpuBefore = process.cpuUsage();
  const loopBefore = performance.eventLoopUtilization();
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const { utilization } = performance.eventLoopUtilization(loopBefore);
    return { cpuSeconds: (user + system) / 1e6, busyShare: Math.min(1, utilization) };
  };
}
