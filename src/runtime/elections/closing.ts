import { isSetInTime, learnedBy, sealableFrom } from "../core/closing.js";
import { type Election, hasEnded, withStatus } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { drainMs } from "../core/limits.js";
import { requireTrusted } from "../core/trust.js";
import { waitForSeals } from "../recount/wait-for-seals.js";
import { type Chance, systemChance } from "../time/chance.js";
import { type Clock, systemClock } from "../time/clock.js";
import type { Engine } from "../wiring/engine.js";
import { announceClose } from "./announce.js";
import { closeMarkers } from "./close-markers.js";
import { actorOf, requireElection } from "./elections.js";

/** Who closes, and by which clock. */
export interface CloseOptions {
  readonly by?: string | undefined;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: the machine's. */
  readonly chance?: Chance;
  /** Ends the wait; the election's end stays announced. */
  readonly signal?: AbortSignal | undefined;
  /** When its end was first seen in the registry, in milliseconds since the epoch. Default: now. */
  readonly seenAt?: number;
}

type ClosingEngine = Pick<Engine, "registry" | "log" | "ledger" | "keys" | "clocks">;

/**
 * Closes an election: announces its end, waits until every ballot taken before it has drained into
 * the log, and ends each partition with a close marker. That takes some 3 s, on a cluster 5 s.
 *
 * @throws VoteError as `announceClose` and `untilClosed` do
 */
export async function closeElection(
  engine: ClosingEngine,
  id: string,
  options: CloseOptions = {},
): Promise<Election> {
  return untilClosed(engine, await announceClose(engine, id, options), options);
}

/**
 * Does what `finishClose` does, unless a timekeeper is faster.
 *
 * @throws VoteError as `finishClose` does; `election-changed` only if it is not closed
 */
export async function untilClosed(
  engine: ClosingEngine,
  election: Election,
  options: CloseOptions = {},
): Promise<Election> {
  try {
    return await finishClose(engine, election, options);
  } catch (error) {
    if (!(error instanceof VoteError && error.code === "election-changed")) throw error;
    const changed = await requireElection(engine, election.id);
    if (hasEnded(changed)) return changed;
    throw error;
  }
}

/**
 * Closes an election whose end is announced, once nothing is acknowledged any more; of one that is
 * closed already, it appends the markers again while partitions lack their seals, and the fold
 * ignores the further ones. An extension that comes meanwhile wins.
 *
 * @param election as it was read: if it has changed, nothing happens
 * @throws VoteError `untrusted-key`, `election-changed`, `clock-error`, `interrupted` by the
 *   signal, or `log-unavailable` (the election is closed already; close it again)
 */
export async function finishClose(
  engine: ClosingEngine,
  election: Election,
  options: CloseOptions = {},
): Promise<Election> {
  const { by, clock = systemClock, chance = systemChance, signal } = options;
  const { seenAt = clock.wallClock() } = options;
  if (hasEnded(election)) {
    if (!(await isSealed(engine, election))) await appendMarkers(engine, election, chance);
    return election;
  }
  // An ingest may have read the record just before it was changed, however old the change says
  // it is: from when we saw it, that takes no longer than ballots take to drain.
  const unseen = clock.sleep(drainMs, signal);
  // Closed without markers, it would wait for another host.
  requireTrusted(election, await engine.keys.signingKey("admin"), "admin");
  const ending = await withTrueEnd(engine, election, seenAt);
  await untilWallClock(clock, sealableFrom(ending, engine.clocks.toleranceMs), signal);
  await unseen;
  if (signal?.aborted) {
    throw new VoteError("interrupted", `Election ${election.id} is not closed yet.`, {
      hint: "Its closing time stays. Every running tally and admin can close it.",
    });
  }
  engine.clocks.requireRight();
  const closedAt = clock.wallClock();
  const closed = withStatus(ending, "closed", closedAt);
  await engine.registry.replace(closed, actorOf(by, closedAt));
  await appendMarkers(engine, closed, chance);
  return closed;
}

/**
 * The end may have been written after it had come, by somebody who then died before he put it off.
 * Ballots were taken until every ingest had learned of it: that was the end.
 */
async function withTrueEnd(
  { registry, clocks }: Pick<ClosingEngine, "registry" | "clocks">,
  election: Election,
  seenAt: number,
): Promise<Election> {
  const { id, closesAt = 0 } = election;
  const closesAtLast = learnedBy(seenAt, clocks.toleranceMs);
  const isSure = closesAtLast <= closesAt || isSetInTime(election, await registry.trail(id));
  return isSure ? election : { ...election, closesAt: closesAtLast };
}

/** Looks again every second, because the clock may be set meanwhile. */
async function untilWallClock(clock: Clock, at: number, signal?: AbortSignal): Promise<void> {
  for (let leftMs = at - clock.wallClock(); leftMs > 0 && !signal?.aborted; ) {
    await clock.sleep(Math.min(leftMs, 1_000), signal);
    leftMs = at - clock.wallClock();
  }
}

async function appendMarkers(
  { log, keys }: Pick<Engine, "log" | "keys">,
  election: Election,
  chance: Chance,
): Promise<void> {
  await log.append(await closeMarkers(keys, election, chance));
}

/** Looks for all seals once, as a recount does: segments of late ballots may follow them. */
async function isSealed(engine: Pick<Engine, "ledger">, election: Election): Promise<boolean> {
  try {
    await waitForSeals({ election, ledger: engine.ledger, timeoutMs: 0 });
    return true;
  } catch (error) {
    if (error instanceof VoteError && error.code === "not-sealed") return false;
    throw error;
  }
}
