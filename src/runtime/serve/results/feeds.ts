import { ElectionFeed, type FeedOptions, type FeedState, type Freshness } from "./election-feed.js";

/** The feeds of all elections that somebody has asked for: one each. */
export class Feeds {
  readonly #options: FeedOptions;
  readonly #feeds = new Map<string, ElectionFeed>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** The newest reading of any election; undefined before the first one. */
  get newest(): Freshness | undefined {
    const known = [...this.#feeds.values()].flatMap(({ freshness }) => freshness ?? []);
    return known.sort((one, other) => other.asOf - one.asOf).at(0);
  }

  /** @throws VoteError `unknown-election`; `view-unavailable` only if there was never a state */
  async open(id: string): Promise<{ readonly feed: ElectionFeed; readonly state: FeedState }> {
    const feed = this.#feeds.get(id) ?? new ElectionFeed(id, this.#options);
    const state = await feed.current();
    // Kept only once the election is known to exist, and only the first of a simultaneous few.
    const first = this.#feeds.get(id) ?? feed;
    this.#feeds.set(id, first);
    return { feed: first, state };
  }
}
