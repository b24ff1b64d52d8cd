import { setTimeout as timer } from "node:timers/promises";

/** Time as a process sees it: the machine's, or a simulation's. */
export interface Clock {
  /** Milliseconds, monotonic, from any origin: for durations. */
  now(): number;
  /** Milliseconds since the epoch: for what is written down. */
  wallClock(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Resolves after `ms` milliseconds, or as soon as the signal aborts. Never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  // It rejects only when aborted.
  await timer(ms, undefined, { signal }).catch(() => undefined);
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  sleep,
};

/**
 * Waits for a promise, but not for ever: resolves with undefined once `ms` milliseconds are over.
 * The promise goes on; its later failure is ignored.
 */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timeout = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timeout));
}
