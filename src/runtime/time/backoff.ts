import { type Chance, systemChance } from "./chance.js";
import { type Clock, systemClock } from "./clock.js";

/** How the pauses between attempts grow. */
export interface BackoffOptions {
  /** The upper bound of the first pause, in milliseconds; it doubles with each failure. */
  readonly firstMs: number;
  /** The bound grows no further than this. */
  readonly maxMs: number;
}

/**
 * The pause before the next attempt, in milliseconds: drawn evenly between half the bound and the
 * bound, which doubles. Clients that failed together do not come back together, and none comes
 * back at once ("equal jitter").
 *
 * @param failures consecutive failures so far, from 1
 * @param random from 0 up to but not 1
 */
export function backoffMs(
  failures: number,
  { firstMs, maxMs }: BackoffOptions,
  random: () => number = systemChance.random,
): number {
  const boundMs = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return (boundMs / 2) * (1 + random());
}

export interface RetryOptions extends BackoffOptions {
  /** No attempt starts later than this after the first one. Default: no limit. */
  readonly giveUpAfterMs?: number;
  /** Default: no limit. */
  readonly maxAttempts?: number;
  /** Ends the pause and the attempts. */
  readonly signal?: AbortSignal;
  /** Whether a further attempt may succeed. Default: always. */
  readonly mayPass?: (error: unknown) => boolean;
  /** Called before each pause. */
  readonly retrying?: (error: unknown, pauseMs: number) => void;
}

/** The clock and the chance of the process, or those of a simulation. */
interface RetryWorld {
  readonly clock?: Pick<Clock, "now" | "sleep">;
  readonly chance?: Pick<Chance, "random">;
}

/**
 * Attempts something until it succeeds, with growing pauses.
 *
 * @throws the last attempt's error, once it may not pass, the limits are reached or the signal has
 *   aborted
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  options: RetryOptions,
  { clock = systemClock, chance = systemChance }: RetryWorld = {},
): Promise<T> {
  const { giveUpAfterMs = Infinity, maxAttempts = Infinity, signal, mayPass, retrying } = options;
  const endsAt = clock.now() + giveUpAfterMs;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = backoffMs(failures, options, () => chance.random());
      const over = failures >= maxAttempts || clock.now() + pauseMs > endsAt;
      if (over || signal?.aborted || mayPass?.(error) === false) throw error;
      retrying?.(error, pauseMs);
      await clock.sleep(pauseMs, signal);
      if (signal?.aborted) throw error;
    }
  }
}
