import type { View } from "../view/port.js";

/** Readers believe the newest announcement for a few times this. */
const everyMs = 3_000;

/**
 * Does a recount's work, and says in the view that it is running, for those who watch the result. A
 * view that does not answer changes nothing.
 *
 * @param now milliseconds since the epoch
 */
export async function announced<T>(
  { view, election, now = Date.now }: AnnouncedOptions,
  work: () => Promise<T>,
): Promise<T> {
  const say = (at: number) => view.setRecounting(election, at).catch(() => undefined);
  void say(now());
  const timer = setInterval(() => void say(now()), everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await say(0);
  }
}

interface AnnouncedOptions {
  readonly view: Pick<View, "setRecounting">;
  readonly election: string;
  readonly now?: () => number;
}
