import { setTimeout as sleep } from "node:timers/promises";

/** The outside world's time; replaced in a simulation. */
export interface LoadClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Milliseconds since the epoch. */
  wallClock(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: LoadClock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  sleep: (ms) => sleep(ms),
};
