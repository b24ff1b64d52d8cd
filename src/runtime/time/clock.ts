import { setTimeout as timer, setImmediate as turn } from "node:timers/promises";

/** Time as a process sees it: the machine's, or a simulation's. */
export interface Clock {
  /** Milliseconds, monotonic, from any origin: for durations. */
  now(): number;
  /** Milliseconds since the epoch: for what is written down. */
  wallClock(): number;
  /**
   * Resolves after `ms` milliseconds, or as soon as the signal aborts; below 1 in the event loop's
   * next turn. Never rejects.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back after `ms` milliseconds.
   *
   * @param idle whether the process may end before
   * @returns what takes that back
   */
  after(ms: number, callback: () => void, idle?: boolean): () => void;
}

/** The system clock's `sleep`. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms < 1) return turn();
  // It rejects only when aborted.
  await timer(ms, undefined, { signal }).catch(() => undefined);
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  sleep,
  after(ms, callback, idle = false) {
    const timeout = setTimeout(callback, ms);
    if (idle) timeout.unref();
    return () => clearTimeout(timeout);
  },
};

/** Calls back every `ms` milliseconds, until the process may end. @returns what ends that */
export function every(clock: Pick<Clock, "after">, ms: number, callback: () => void): () => void {
  const again = () => {
    cancel = clock.after(ms, again, true);
    callback();
  };
  let cancel = clock.after(ms, again, true);
  return () => cancel();
}

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
export function within<T>(
  ms: number,
  promise: Promise<T>,
  clock: Pick<Clock, "after"> = systemClock,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(undefined));
    promise.then(resolve, reject).finally(cancel);
  });
}
