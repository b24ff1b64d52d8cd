import { retry } from "../../../time/backoff.js";
import type { FrameRecord } from "../../port.js";
import { logUnavailable } from "../client/errors.js";
import type { TopicFetcher, Wish } from "./fetch.js";

const maxFetchBytes = 16 * 1_024 * 1_024;
/** A new leader takes a moment; a cluster that is gone for longer is the caller's to wait for. */
const retries = { firstMs: 50, maxMs: 1_600, maxAttempts: 7 };

/** Reads one topic outside the group, for recounts and reconciliation. */
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
        // A leader just elected may not know yet how far its records are agreed on, and answers
        // a fetch with nothing. Asked for the end, it says so instead (KIP-207).
        if (position >= (await this.#fetcher.end(partition))) return [];
      }
    });
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }

  async #fetch(wish: Wish, maxBytes: number): Promise<FrameRecord[]> {
    const bytes = Math.min(maxBytes, maxFetchBytes);
    const bounds = { maxWaitMs: 0, maxBytes: bytes, maxPartitionBytes: bytes };
    const [leader] = (await this.#fetcher.leaders([wish])).keys();
    if (leader === undefined) throw new Error(`partition ${wish.partition} has no leader`);
    const answer = await this.#fetcher.fetch(leader, [wish], bounds);
    const records = answer.get(wish.partition) ?? [];
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
      // If this fails too, so will the work, and say why.
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
