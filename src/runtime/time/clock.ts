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

/** Resolves with undefined when the signal aborts; never without a signal. */
export function untilAborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}

/**
 * Waits for a promise, but not for ever: resolves with undefined once `ms` milliseconds are over.
 * The promise goes on; its later failure is ignored.
 */
export function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(resolve, ms, undefined);
    promise.then(resolve, reject).finally(() => clearTimeout(timeout));
  });
}
