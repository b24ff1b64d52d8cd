import { learnedBy, withClosingTime, withLaterEnd } from "../core/closing.js";
import { type Election, hasEnded, type ScheduleChange, withSchedule } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { announceMs } from "../core/limits.js";
import type { Actor, Registry } from "../registry/port.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { actorOf, requireElection } from "./elections.js";

/** Who changes an election, and by which clock. */
export interface ChangeOptions {
  readonly by?: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/**
 * Announces the end of an open election, a second ahead, on a cluster two. An end that is announced
 * already stays if it comes sooner.
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
  const announced = withClosingTime(election, now, engine.clocks.toleranceMs);
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
  const changed = withSchedule(election, schedule, now, engine.clocks.toleranceMs);
  return announce(engine, changed, now, options);
}

/**
 * Writes the change; puts its end off as long as the registry was too slow for it. An ingest takes
 * ballots by the record before for a little longer, by a clock that may be ahead of ours: they come
 * before the end all the same.
 */
async function announce(
  { registry, clocks }: Pick<Engine, "registry" | "clocks">,
  changed: Election,
  now: number,
  { by, clock = systemClock }: ChangeOptions,
): Promise<Election> {
  for (let election = changed, askedAt = now; ; ) {
    await write(registry, election, actorOf(by, askedAt), clock);
    const { status, closesAt = Number.POSITIVE_INFINITY } = election;
    const writtenAt = clock.wallClock();
    const isInTime = learnedBy(writtenAt, clocks.toleranceMs) <= closesAt;
    if (status !== "open" || closesAt <= askedAt || isInTime) return election;
    const soonest = writtenAt + announceMs + clocks.toleranceMs;
    election = withLaterEnd(election, soonest + (writtenAt - askedAt));
    askedAt = writtenAt;
  }
}

/** An outcome that is not known after this stays unknown. */
const insistForMs = 10_000;
const retryMs = 100;

/**
 * Replaces the record, and insists where no answer comes: the change may be made, now or later, and
 * nobody else would know that its end came too late.
 */
async function write(
  registry: Pick<Registry, "replace" | "get">,
  election: Election,
  actor: Actor | undefined,
  clock: Clock,
): Promise<void> {
  const giveUpAt = clock.now() + insistForMs;
  for (let isUnknown = false; ; await clock.sleep(retryMs)) {
    try {
      return await registry.replace(election, actor);
    } catch (error) {
      const code = error instanceof VoteError ? error.code : undefined;
      if (isUnknown && code === "election-changed" && (await isStored(registry, election))) return;
      isUnknown ||= code === "ledger-unavailable";
      if (code !== "ledger-unavailable" || clock.now() >= giveUpAt) throw error;
    }
  }
}

async function isStored(
  registry: Pick<Registry, "get">,
  { id, revision, opensAt, closesAt }: Election,
): Promise<boolean> {
  const stored = await registry.get(id);
  const isOurs = stored?.revision === revision;
  return isOurs && stored.opensAt === opensAt && stored.closesAt === closesAt;
}
