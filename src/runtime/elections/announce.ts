import { withClosingTime, withLaterEnd } from "../core/closing.js";
import { type Election, hasEnded, type ScheduleChange, withSchedule } from "../core/election.js";
import { announceMs, learnMs } from "../core/limits.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { Engine } from "../wiring.js";
import { actorOf, requireElection } from "./elections.js";

/** Who changes an election, and by which clock. */
export interface ChangeOptions {
  readonly by?: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/**
 * Announces the end of an open election, a second ahead. An end that is announced already stays if
 * it comes sooner.
 *
 * @throws VoteError `unknown-election`, `invalid-transition` for a draft, `election-changed`, or
 *   `clock-error`
 */
export async function announceClose(
  engine: Pick<Engine, "registry" | "clocks">,
  id: string,
  options: ChangeOptions = {},
): Promise<Election> {
  const { clock = systemClock } = options;
  const election = await requireElection(engine, id);
  if (hasEnded(election)) return election;
  engine.clocks.requireRight();
  const now = clock.wallClock();
  const announced = withClosingTime(election, now);
  return announced === election ? election : announce(engine, announced, now, options);
}

/**
 * Changes the times at which an election opens and closes by itself.
 *
 * @throws VoteError `unknown-election`, `invalid-election`, `invalid-transition`,
 *   `election-changed` or `clock-error`
 */
export async function scheduleElection(
  engine: Pick<Engine, "registry" | "clocks">,
  id: string,
  schedule: ScheduleChange,
  options: ChangeOptions = {},
): Promise<Election> {
  const { clock = systemClock } = options;
  const election = await requireElection(engine, id);
  engine.clocks.requireRight();
  const now = clock.wallClock();
  return announce(engine, withSchedule(election, schedule, now), now, options);
}

/** Writes the change; puts its end off as long as the registry was too slow for it. */
async function announce(
  { registry }: Pick<Engine, "registry">,
  changed: Election,
  now: number,
  { by, clock = systemClock }: ChangeOptions,
): Promise<Election> {
  for (let election = changed, askedAt = now; ; ) {
    await registry.replace(election, actorOf(by, askedAt));
    const { status, closesAt = Number.POSITIVE_INFINITY } = election;
    const writtenAt = clock.wallClock();
    if (status !== "open" || closesAt <= askedAt || writtenAt + learnMs <= closesAt) {
      return election;
    }
    election = withLaterEnd(election, writtenAt + announceMs + (writtenAt - askedAt));
    askedAt = writtenAt;
  }
}
