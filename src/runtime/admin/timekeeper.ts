import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { ElectionAdmin } from "./election-admin.js";

export interface TimekeeperOptions {
  readonly admin: Pick<ElectionAdmin, "list" | "open" | "close">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onDone: (what: "opened" | "closed", election: string) => void;
  /** Told what could not be done; it is tried again. */
  readonly onTrouble: (election: string | undefined, error: unknown) => void;
  /** How often the registry is looked at when nothing is due. Default 1,000. */
  readonly everyMs?: number;
}

export interface RunningTimekeeper {
  stop(): Promise<void>;
}

/** Whoever took an election's close out of the registry and died may not have told the log. */
const closeAgainMs = 10_000;
const scheduled = "schedule";

/**
 * Opens and closes elections at their times. Any number of these may run: each change is one
 * insert into the election's trail, and exactly one of them makes it. A close that was begun and
 * not finished is finished.
 */
export function startTimekeeper(options: TimekeeperOptions): RunningTimekeeper {
  const { everyMs = 1_000, now, onTrouble } = options;
  const rounds = new Rounds(options);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let underWay = Promise.resolve();
  const turn = async () => {
    const nextAt = await rounds.make().catch((error: unknown) => {
      onTrouble(undefined, error);
      return Number.POSITIVE_INFINITY;
    });
    if (stopped) return;
    const waitMs = Math.min(everyMs, Math.max(1, nextAt - now()));
    timer = setTimeout(begin, waitMs);
    // What is due some day must not keep a process alive that has nothing else to do.
    timer.unref();
  };
  const begin = () => {
    underWay = turn();
  };
  begin();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

class Rounds {
  readonly #options: TimekeeperOptions;
  /** When each closed election was last looked at. */
  readonly #closedAgainAt = new Map<string, number>();

  constructor(options: TimekeeperOptions) {
    this.#options = options;
  }

  /** @returns when the next election is due, in milliseconds since the epoch */
  async make(): Promise<number> {
    let nextAt = Number.POSITIVE_INFINITY;
    for (const election of await this.#options.admin.list()) {
      const dueAt = dueAtOf(election) ?? this.#againAt(election);
      if (dueAt === undefined) continue;
      if (dueAt <= this.#options.now()) await this.#carryOut(election);
      else nextAt = Math.min(nextAt, dueAt);
    }
    return nextAt;
  }

  #againAt({ id, status, closedAt = 0 }: Election): number | undefined {
    if (status !== "closed") {
      this.#closedAgainAt.delete(id);
      return undefined;
    }
    return Math.max(closedAt, this.#closedAgainAt.get(id) ?? 0) + closeAgainMs;
  }

  async #carryOut({ id, status }: Election): Promise<void> {
    const { admin, now, onDone, onTrouble } = this.#options;
    try {
      if (status === "draft") {
        await admin.open(id, scheduled);
        onDone("opened", id);
        return;
      }
      if (status === "closed") this.#closedAgainAt.set(id, now());
      await admin.close(id, scheduled);
      if (status === "open") onDone("closed", id);
    } catch (error) {
      // Another one was faster: that is how it should be.
      const changed = error instanceof VoteError && faster.includes(error.code);
      if (!changed) onTrouble(id, error);
    }
  }
}

const faster: readonly string[] = ["election-changed", "invalid-transition"];

function dueAtOf({ status, opensAt, closesAt }: Election): number | undefined {
  if (status === "draft") return opensAt;
  return status === "open" ? closesAt : undefined;
}
