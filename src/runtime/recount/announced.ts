import { type Clock, every, systemClock } from "../time/clock.js";
import type { View } from "../view/port.js";

/** Readers believe the newest announcement for a few times this. */
const everyMs = 3_000;

interface AnnouncedOptions {
  readonly view: Pick<View, "setRecounting">;
  readonly election: string;
  /** Default: the machine's. */
  readonly clock?: Pick<Clock, "wallClock" | "after">;
}

/**
 * Does a recount's work, and says in the view that it is running, for those who watch the result. A
 * view that does not answer changes nothing.
 */
export async function announced<T>(
  { view, election, clock = systemClock }: AnnouncedOptions,
  work: () => Promise<T>,
): Promise<T> {
  const say = (at: number) => view.setRecounting(election, at).catch(() => undefined);
  const sayNow = () => void say(clock.wallClock());
  sayNow();
  const end = every(clock, everyMs, sayNow);
  try {
    return await work();
  } finally {
    end();
    await say(0);
  }
}
