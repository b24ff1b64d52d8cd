import type { Election } from "../../core/election.js";
import type { ElectionFeed } from "./election-feed.js";
import { historyEverySeconds } from "./history.js";

interface FollowerOptions {
  readonly elections: () => Promise<readonly Election[]>;
  /** @throws VoteError `unknown-election`, `view-unavailable` */
  readonly feedOf: (id: string) => Promise<ElectionFeed>;
}

/** Each followed election costs a read a second, so their number is bounded. */
const maxFollowed = 32;
const discoverEverySeconds = 5;

/**
 * Observes every open election once a second, even if no client asks, so that a page opened late
 * still shows how the count grew.
 */
export class Follower {
  readonly #options: FollowerOptions;
  #followed: readonly ElectionFeed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  #pending: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

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
    await Promise.allSettled(this.#followed.map((feed) => feed.observe()));
  }

  /** If the registry does not answer, the elections known before are still followed. */
  async #discover(): Promise<void> {
    try {
      const elections = await this.#options.elections();
      const open = elections.filter(({ status }) => status === "open" || status === "closed");
      const newest = [...open].sort((one, other) => openedAt(other) - openedAt(one));
      const ids = newest.slice(0, maxFollowed).map(({ id }) => id);
      const feeds = await Promise.allSettled(ids.map(this.#options.feedOf));
      this.#followed = feeds.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    } catch {
      // Readers of the list get the error; here the next attempt is soon enough.
    }
  }
}

function openedAt({ openedAt, createdAt }: Election): number {
  return openedAt ?? createdAt;
}
