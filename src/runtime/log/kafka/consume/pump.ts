import { sleep } from "../../../time/clock.js";
import { kafkaErrorType } from "../client/errors.js";
import type { PartitionFeed } from "./feed.js";
import type { FetchBounds, FetchPosition, TopicFetcher } from "./fetch.js";

const maxPartitionBytes = 1_024 * 1_024;
const maxBytes = 8 * 1_024 * 1_024;
/** Short while some feeds are busy: the next request is to include them soon. */
const shortWaitMs = 20;
/** Long while all feeds wait: the broker answers at the first byte anyway. */
const longWaitMs = 250;
/** Trickling records gather for this long; otherwise each would cost a request. */
const lingerMs = 15;
const retryDelayMs = 100;

/**
 * Keeps one fetch under way to each broker that leads a partition whose feed has room. Feeds do
 * not wait for each other.
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
      const positions = this.#fetchPositions();
      if (positions.length === 0 || signal.aborted) continue;
      const maxWaitMs = positions.length === this.#feeds.size ? longWaitMs : shortWaitMs;
      try {
        let led = 0;
        for (const [leader, theirs] of await this.#fetcher.leaders(positions)) {
          led += theirs.length;
          if (this.#busy.has(leader) || signal.aborted) continue;
          this.#busy.add(leader);
          const fetch = this.#fetch(leader, theirs, maxWaitMs).finally(() => {
            this.#busy.delete(leader);
            this.#fetches.delete(fetch);
            this.wake();
          });
          this.#fetches.add(fetch);
        }
        // Without fresh metadata, nobody would ask for the rest again.
        if (led < positions.length) throw new Error("Some partitions have no leader.");
      } catch (error) {
        await this.#recover(error);
        this.wake();
      }
    }
  }

  #fetchPositions(): FetchPosition[] {
    const positions: FetchPosition[] = [];
    for (const [partition, feed] of this.#feeds) {
      const position = feed.fetchPosition;
      if (position !== undefined) positions.push({ partition, position });
    }
    return positions;
  }

  async #fetch(
    leader: string,
    positions: readonly FetchPosition[],
    maxWaitMs: number,
  ): Promise<void> {
    const bounds: FetchBounds = { maxWaitMs, maxBytes, maxPartitionBytes };
    try {
      const answer = await this.#fetcher.fetch(leader, positions, bounds);
      let bytes = 0;
      for (const { partition, position } of positions) {
        const records = answer.get(partition) ?? [];
        for (const record of records) bytes += record.bytes.length;
        this.#feeds.get(partition)?.deliver(position, records);
      }
      if (bytes > 0 && bytes < maxPartitionBytes) await sleep(lingerMs);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (kafkaErrorType(error) === "OFFSET_OUT_OF_RANGE") this.#outOfRange(positions, error);
      await this.#recover(error);
    }
  }

  /** Fails the partition that the error names; the request's other partitions ask again. */
  #outOfRange(positions: readonly FetchPosition[], error: unknown): void {
    const named = error instanceof Error && "partition" in error ? error.partition : undefined;
    for (const { partition, position } of positions) {
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
