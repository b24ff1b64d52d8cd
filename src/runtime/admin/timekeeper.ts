import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { ElectionAdmin } from "./election-admin.js";

interface TimekeeperOptions {
  readonly admin: Pick<ElectionAdmin, "list" | "open" | "close">;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly onDone: (what: "opened" | "closed", election: string) => void;
  /** Called with each failure; the change is tried again. */
  readonly onTrouble: (election: string | undefined, error: unknown) => void;
  /** How often the registry is looked at when nothing is due. Default 1,000. */
  readonly everyMs?: number;
}

export interface RunningTimekeeper {
  stop(): Promise<void>;
}

/** A process that closed an election and died may have left the log without its close markers. */
const closeAgainMs = 10_000;
const scheduled = "schedule";

/**
 * Opens and closes elections at their times. Any number of timekeepers may run: each change is one
 * insert into the election's trail, which only one of them can make. They also finish a close that
 * another process began.
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
    // A change that is due some day must not keep an idle process alive.
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
      // Another timekeeper was faster, as intended.
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
