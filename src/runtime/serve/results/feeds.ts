import { isElectionId } from "../../core/election.js";
import { ElectionFeed, type FeedOptions, type FeedState, type Freshness } from "./election-feed.js";
import { unknownElection } from "./result-reader.js";

/** Holds one feed for each election that a client has asked for. */
export class Feeds {
  readonly #options: FeedOptions;
  readonly #feeds = new Map<string, ElectionFeed>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** The newest reading of any election; undefined before the first. */
  get newest(): Freshness | undefined {
    const known = [...this.#feeds.values()].flatMap(({ freshness }) => freshness ?? []);
    return known.sort((one, other) => other.asOf - one.asOf).at(0);
  }

  /** @throws VoteError `unknown-election`; `view-unavailable` if the election was never read */
  async open(id: string): Promise<{ readonly feed: ElectionFeed; readonly state: FeedState }> {
    // Before anything is awaited: no store is to see an id that no election can have.
    if (!isElectionId(id)) throw unknownElection(id);
    const feed = this.#feeds.get(id) ?? new ElectionFeed(id, this.#options);
    const state = await feed.current();
    // Keep it only now that the election is known to exist; of concurrent calls the first wins.
    const first = this.#feeds.get(id) ?? feed;
    this.#feeds.set(id, first);
    return { feed: first, state };
  }
}
