import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Ledger } from "../ledger/port.js";
import type { Log, Topic } from "../log/port.js";
import type { Registry } from "../registry/port.js";
import { isFinished } from "./finished.js";
import { isDamage } from "./halts.js";
import { reasonsOf, type TallyEvents } from "./telemetry/tally-events.js";

interface FollowedElectionsOptions {
  readonly log: Pick<Log, "end">;
  readonly ledger: Pick<Ledger, "get" | "last">;
  readonly registry: Pick<Registry, "list">;
  readonly events: TallyEvents;
  /** Called with all elections as the registry has them, each time it is read. */
  readonly seen: (elections: readonly Election[]) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often, at most, a finished election is checked for late ballots. */
  readonly checkFinishedEveryMs: number;
}

/** What the last check of an election has shown. */
interface Check {
  /** Milliseconds since the epoch. */
  dueAt: number;
  /** It has ended, and nothing is left to do. */
  finished: boolean;
  underWay: boolean;
  /** Why an open one's log cannot be read, if it is damaged. */
  damage?: VoteError | undefined;
}

/** After its end an election is followed for this long without a check. */
const followClosedMs = 60_000;
/** How long after certification a ballot accepted earlier may still arrive. */
const followCertifiedMs = 3_600_000;
/** An election that ended some time ago is checked again after this part of that time. */
const pausePart = 0.1;
const maxPauseMs = 3_600_000;
/** While an ended election is not finished, or cannot be checked. */
const unfinishedPauseMs = 10_000;
const checksAtOnce = 8;

/**
 * Chooses the elections that a tally folds: those open or just closed, and ended ones that still
 * have undecided records. A slow ingest may append a ballot late, and it too gets its decision, a
 * rejection. Finished elections are left out, so that no tally loads their chains for nothing, and
 * are checked less and less often. Nobody waits for a check: one that hangs or fails, as with a
 * topic that was deleted, holds up no other election. Of open ones, the log is looked at now and
 * then.
 */
export class FollowedElections {
  readonly #options: FollowedElectionsOptions;
  readonly #checks = new Map<string, Check>();
  #underWay = 0;

  constructor(options: FollowedElectionsOptions) {
    this.#options = options;
  }

  /** The topics to read now. */
  async topics(): Promise<Topic[]> {
    const elections = await this.#options.registry.list();
    this.#options.seen(elections);
    return elections
      .filter((election) => this.#isFollowed(election))
      .map(({ id, partitions }) => ({ election: id, partitions }));
  }

  #isFollowed(election: Election): boolean {
    const { id, status, closedAt = 0, certifiedAt = 0 } = election;
    const now = this.#options.now();
    if (status !== "open") delete this.#checks.get(id)?.damage;
    if (status === "draft") return false;
    if (status === "closed" && now - closedAt < followClosedMs) return true;
    if (status === "certified" && now - certifiedAt > followCertifiedMs) return false;
    const check = this.#checks.get(id) ?? { dueAt: now, finished: true, underWay: false };
    this.#checks.set(id, check);
    if (status === "open") check.finished = false;
    if (check.dueAt <= now && !check.underWay && this.#underWay < checksAtOnce) {
      void this.#check(election, check);
    }
    return !check.finished;
  }

  /**
   * An open election whose log is gone is assigned to no tally: its partitions cannot say so.
   *
   * @throws VoteError `partition-halted`, if there is one
   */
  requireLogs(): void {
    for (const [election, { damage }] of this.#checks) {
      if (damage === undefined) continue;
      const what = `Election ${election}, partition 0 cannot be read: ${damage.publicMessage}`;
      throw new VoteError("partition-halted", what, { hint: damage.hint });
    }
  }

  async #check(election: Election, check: Check): Promise<void> {
    const { log, now, events, checkFinishedEveryMs } = this.#options;
    check.underWay = true;
    this.#underWay++;
    let pauseMs = unfinishedPauseMs;
    try {
      if (election.status === "open") await log.end(election.id, 0);
      else check.finished = await isFinished(this.#options, election);
      delete check.damage;
      const age = now() - (election.closedAt ?? 0);
      const pause = Math.min(maxPauseMs, Math.max(checkFinishedEveryMs, age * pausePart));
      if (check.finished) pauseMs = pause;
    } catch (error) {
      events.event("failed", { election: election.id, ...reasonsOf(error) });
      if (election.status === "open" && isDamage(error)) check.damage = error;
    }
    check.dueAt = now() + pauseMs;
    check.underWay = false;
    this.#underWay--;
  }
}
