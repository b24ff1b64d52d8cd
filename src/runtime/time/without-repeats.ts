import { systemClock } from "./clock.js";

const repeatAfterMs = 10_000;

/**
 * Passes on an error only if it differs from the last one, or 10 s after it: a store that cannot be
 * reached fails many requests a second, all with the same message.
 */
export function withoutRepeats(
  notice: (error: unknown) => void,
  now: () => number = systemClock.now,
): (error: unknown) => void {
  let last: { readonly words: string; readonly at: number } | undefined;
  return (error) => {
    const words = String(error);
    if (last?.words === words && now() - last.at < repeatAfterMs) return;
    last = { words, at: now() };
    notice(error);
  };
}
