import { sleep } from "../../../time/clock.js";
import { kafkaErrorType } from "../client/errors.js";
import type { PartitionFeed } from "./feed.js";
import type { FetchBounds, TopicFetcher, Wish } from "./fetch.js";

const maxPartitionBytes = 1_024 * 1_024;
const maxBytes = 8 * 1_024 * 1_024;
/** While some feeds are busy, the broker must not sit on the request that leaves them out. */
const shortWaitMs = 20;
/** While all feeds wait: the broker answers the first byte at once anyway. */
const longWaitMs = 250;
/** Trickling records gather for so long, or every single one would cost a request. */
const lingerMs = 15;
const retryDelayMs = 100;

/**
 * Keeps one fetch under way to each broker that leads a partition with a feed that has room.
 * Feeds do not wait for each other.
 */
export class TopicPump {
  readonly #fetcher: TopicFetcher;
  readonly #feeds: ReadonlyMap<number, PartitionFeed>;
  readonly #notice: (error: unknown) => void;
  readonly #stopping = new AbortController();
  readonly #busy = new Set<string>();
  readonly #fetches = new Set<Promise<void>>();
  #wakeUp: (() => void) | undefined;
  #woken = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    fetcher: TopicFetcher,
    feeds: ReadonlyMap<number, PartitionFeed>,
    notice: (error: unknown) => void,
  ) {
    this.#fetcher = fetcher;
    this.#feeds = feeds;
    this.#notice = notice;
  }

  start(): void {
    this.#running = this.#run();
  }

  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    // Ends the fetches under way, too.
    await this.#fetcher.close();
    await Promise.all(this.#fetches);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (!this.#woken) {
        await new Promise<void>((resolve) => {
          this.#wakeUp = resolve;
        });
      }
      this.#woken = false;
      const wishes = this.#wishes();
      if (wishes.length === 0 || signal.aborted) continue;
      const maxWaitMs = wishes.length === this.#feeds.size ? longWaitMs : shortWaitMs;
      try {
        for (const [leader, theirs] of await this.#fetcher.leaders(wishes)) {
          if (this.#busy.has(leader) || signal.aborted) continue;
          this.#busy.add(leader);
          const fetch = this.#fetch(leader, theirs, maxWaitMs).finally(() => {
            this.#busy.delete(leader);
            this.#fetches.delete(fetch);
            this.wake();
          });
          this.#fetches.add(fetch);
        }
      } catch (error) {
        await this.#recover(error);
        this.wake();
      }
    }
  }

  #wishes(): Wish[] {
    const wishes: Wish[] = [];
    for (const [partition, feed] of this.#feeds) {
      const position = feed.wish;
      if (position !== undefined) wishes.push({ partition, position });
    }
    return wishes;
  }

  async #fetch(leader: string, wishes: readonly Wish[], maxWaitMs: number): Promise<void> {
    const bounds: FetchBounds = { maxWaitMs, maxBytes, maxPartitionBytes };
    try {
      const answer = await this.#fetcher.fetch(leader, wishes, bounds);
      let bytes = 0;
      for (const { partition, position } of wishes) {
        const records = answer.get(partition) ?? [];
        for (const record of records) bytes += record.bytes.length;
        this.#feeds.get(partition)?.deliver(position, records);
      }
      if (bytes > 0 && bytes < maxPartitionBytes) await sleep(lingerMs);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (kafkaErrorType(error) === "OFFSET_OUT_OF_RANGE") this.#outOfRange(wishes, error);
      await this.#recover(error);
    }
  }

  /** The error names its partition; the others of the request just ask again. */
  #outOfRange(wishes: readonly Wish[], error: unknown): void {
    const named = error instanceof Error && "partition" in error ? error.partition : undefined;
    for (const { partition, position } of wishes) {
      if (partition === named) this.#feeds.get(partition)?.fail(position, error);
    }
  }

  async #recover(error: unknown): Promise<void> {
    this.#notice(error);
    const { signal } = this.#stopping;
    await sleep(retryDelayMs, signal);
    if (!signal.aborted) await this.#fetcher.recover(error).catch(() => undefined);
  }
}
