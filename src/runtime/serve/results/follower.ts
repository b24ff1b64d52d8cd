import type { Election } from "../../core/election.js";
import type { ElectionFeed } from "./election-feed.js";
import { historyEverySeconds } from "./history.js";

export interface FollowerOptions {
  readonly elections: () => Promise<readonly Election[]>;
  /** @throws VoteError `unknown-election`, `view-unavailable` */
  readonly feedOf: (id: string) => Promise<ElectionFeed>;
}

/** More elections at once than this are not watched unasked: each costs a read a second. */
const maxFollowed = 32;
/** How many seconds between two looks for elections that have opened. */
const lookEvery = 5;

/**
 * Looks at every open election once a second, whoever asks or does not, so that a page which is
 * opened late still sees how the count went.
 */
export class Follower {
  readonly #options: FollowerOptions;
  #followed: readonly ElectionFeed[] = [];
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;
  #underWay: Promise<void> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#underWay ??= this.#turn().finally(() => {
        this.#underWay = undefined;
      });
    }, historyEverySeconds * 1_000);
  }

  /** Nothing is read any more once this has resolved. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #turn(): Promise<void> {
    if (this.#seconds++ % lookEvery === 0) await this.#look();
    await Promise.allSettled(this.#followed.map((feed) => feed.observe()));
  }

  /** Without an answer, those that were open before are still followed. */
  async #look(): Promise<void> {
    try {
      const elections = await this.#options.elections();
      const open = elections.filter(({ status }) => status === "open" || status === "closed");
      const newest = [...open].sort((one, other) => openedAt(other) - openedAt(one));
      const ids = newest.slice(0, maxFollowed).map(({ id }) => id);
      const feeds = await Promise.allSettled(ids.map(this.#options.feedOf));
      this.#followed = feeds.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    } catch {
      // Readers of the list are told; here the next look is soon enough.
    }
  }
}

function openedAt({ openedAt, createdAt }: Election): number {
  return openedAt ?? createdAt;
}
