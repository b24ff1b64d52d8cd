import type { Election } from "../../core/election.js";
import type { ElectionFeed, FeedState } from "./election-feed.js";
import { historyEverySeconds } from "./history.js";

interface FollowerOptions {
  readonly elections: () => Promise<readonly Election[]>;
  /** @throws VoteError `unknown-election`, `view-unavailable` */
  readonly feedOf: (id: string) => Promise<ElectionFeed>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Followed {
  readonly feed: ElectionFeed;
  /** When to observe it next, milliseconds since the epoch. */
  dueAt: number;
}

/** Each followed election costs a read a second, so their number is bounded. */
const maxFollowed = 32;
const discoverEverySeconds = 5;
/** A closed election that has not changed for a time is read again after this part of it. */
const pausePart = 0.1;
const maxPauseMs = 300_000;

/**
 * Observes every open election once a second, even if no client asks, so that a page opened late
 * still shows how the count grew. Closed ones are observed less and less often while they wait for
 * their certificate.
 */
export class Follower {
  readonly #options: FollowerOptions;
  #followed: ReadonlyMap<string, Followed> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  #pending: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Observes every second until it is stopped. */
  start(): void {
    this.#timer = setInterval(() => {
      this.#pending ??= this.#observe().finally(() => {
        this.#pending = undefined;
      });
    }, historyEverySeconds * 1_000);
  }

  /** Resolves when the last read is done. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#pending;
  }

  async #observe(): Promise<void> {
    if (this.#seconds++ % discoverEverySeconds === 0) await this.#discover();
    const now = this.#options.now();
    const due = [...this.#followed.values()].filter(({ dueAt }) => dueAt <= now);
    const observe = async (one: Followed) => {
      one.dueAt = now + pauseMs(await one.feed.observe(), now);
    };
    await Promise.allSettled(due.map(observe));
  }

  /** If the registry does not answer, the elections known before are still followed. */
  async #discover(): Promise<void> {
    const { elections, feedOf } = this.#options;
    try {
      const all = await elections();
      const open = all.filter(({ status }) => status === "open" || status === "closed");
      const newest = [...open].sort((one, other) => openedAt(other) - openedAt(one));
      const follow = async ({ id }: Election): Promise<[string, Followed]> => {
        return [id, this.#followed.get(id) ?? { feed: await feedOf(id), dueAt: 0 }];
      };
      const found = await Promise.allSettled(newest.slice(0, maxFollowed).map(follow));
      this.#followed = new Map(
        found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])),
      );
    } catch {
      // Readers of the list get the error; here the next attempt is soon enough.
    }
  }
}

function pauseMs({ result, at }: FeedState, now: number): number {
  return result.status === "closed" ? Math.min(maxPauseMs, (now - at) * pausePart) : 0;
}

function openedAt({ openedAt, createdAt }: Election): number {
  return openedAt ?? createdAt;
}
