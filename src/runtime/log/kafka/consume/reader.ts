import { retry } from "../../../time/backoff.js";
import type { FrameRecord } from "../../port.js";
import { logUnavailable } from "../client/errors.js";
import type { FetchPosition, TopicFetcher } from "./fetch.js";

const maxFetchBytes = 16 * 1_024 * 1_024;
/** Long enough for a leader election; waiting for longer is the caller's choice. */
const retries = { firstMs: 50, maxMs: 1_600, maxAttempts: 7 };

/** Reads one topic without joining its group, for recounts and reconciliation. */
export class TopicReader {
  readonly #topic: string;
  readonly #fetcher: TopicFetcher;

  constructor(topic: string, fetcher: TopicFetcher) {
    this.#topic = topic;
    this.#fetcher = fetcher;
  }

  end(partition: number): Promise<number> {
    return this.#retry(`read the end of ${this.#topic}`, () => this.#fetcher.end(partition));
  }

  read(partition: number, position: number, maxBytes: number): Promise<FrameRecord[]> {
    return this.#retry(`read ${this.#topic}`, async () => {
      for (;;) {
        const records = await this.#fetch({ partition, position }, maxBytes);
        if (records.length > 0) return records;
        // A newly elected leader may not know its high watermark yet, and answers a fetch with no
        // records. A request for the end fails instead until it knows (KIP-207).
        if (position >= (await this.#fetcher.end(partition))) return [];
      }
    });
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }

  async #fetch(from: FetchPosition, maxBytes: number): Promise<FrameRecord[]> {
    const bytes = Math.min(maxBytes, maxFetchBytes);
    const bounds = { maxWaitMs: 0, maxBytes: bytes, maxPartitionBytes: bytes };
    const [leader] = (await this.#fetcher.leaders([from])).keys();
    if (leader === undefined) throw new Error(`partition ${from.partition} has no leader`);
    const answer = await this.#fetcher.fetch(leader, [from], bounds);
    const records = answer.get(from.partition) ?? [];
    let sum = 0;
    const last = records.findIndex((record) => {
      sum += record.bytes.length;
      return sum >= maxBytes;
    });
    return last === -1 ? records : records.slice(0, last + 1);
  }

  async #retry<T>(doing: string, work: () => Promise<T>): Promise<T> {
    let failure: unknown;
    const attempt = async () => {
      // If this fails, so does the work, with a better reason.
      if (failure !== undefined) await this.#fetcher.recover(failure).catch(() => undefined);
      return work();
    };
    const retrying = (error: unknown) => {
      failure = error;
    };
    try {
      return await retry(attempt, { ...retries, retrying });
    } catch (error) {
      throw logUnavailable(doing, error);
    }
  }
}
