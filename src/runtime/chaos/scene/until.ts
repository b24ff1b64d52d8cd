import { setTimeout as sleep } from "node:timers/promises";
import { VoteError } from "../../core/errors.js";

/** Everything goes on within this once its cause is gone, on a slow machine too. */
export const wholeWithinMs = 300_000;
const lookEveryMs = 20;

/** What had to happen, and did not. */
export class NotInTime extends Error {}

/**
 * Waits until `condition` holds, looking again and again. A store that is down for a moment says
 * that it does not hold yet.
 *
 * @param what comes after "waited for": words, or what gives them at the end
 * @throws NotInTime naming `what` when it has not come within `boundMs`
 */
export async function until(
  what: string | (() => string),
  condition: () => Promise<boolean> | boolean,
  boundMs = wholeWithinMs,
): Promise<void> {
  const end = performance.now() + boundMs;
  for (let trouble = ""; ; ) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (!(error instanceof VoteError && error.status === 503)) throw error;
      trouble = ` (${error.message})`;
    }
    if (performance.now() > end) {
      const words = typeof what === "string" ? what : what();
      throw new NotInTime(`waited ${boundMs / 1_000} s in vain for ${words}${trouble}`);
    }
    await sleep(lookEveryMs);
  }
}
