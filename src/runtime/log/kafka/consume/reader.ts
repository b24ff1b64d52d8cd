import { VoteError } from "../../../core/errors.js";
import { retry } from "../../../time/backoff.js";
import type { FrameRecord } from "../../port.js";
import { isOutOfRange, isTopicMissing, logUnavailable } from "../client/errors.js";
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
    const doing = `read the end of ${this.#topic}`;
    return this.#retry(doing, partition, () => this.#fetcher.end(partition));
  }

  read(partition: number, position: number, maxBytes: number): Promise<FrameRecord[]> {
    return this.#retry(`read ${this.#topic}`, partition, async () => {
      for (;;) {
        const records = await this.#fetch({ partition, position }, maxBytes).catch(emptyIfOutside);
        if (records.length > 0) return records;
        const start = await this.#fetcher.start(partition);
        if (position < start) throw this.#damaged(partition, `it begins at position ${start} only`);
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
    const leader = await this.#fetcher.leaderOf(from.partition);
    const answer = await this.#fetcher.fetch(leader, [from], bounds);
    const records = answer.get(from.partition) ?? [];
    let sum = 0;
    const last = records.findIndex((record) => {
      sum += record.bytes.length;
      return sum >= maxBytes;
    });
    return last === -1 ? records : records.slice(0, last + 1);
  }

  #damaged(partition: number, what: string): VoteError {
    const place = `${this.#topic}, partition ${partition}`;
    return new VoteError("corrupt-log", `Kafka's topic ${place}: ${what}.`, {
      publicMessage: "The log is damaged.",
      hint: "Acknowledged ballots may be gone: keep the ledger, and restore the topic.",
    });
  }

  async #retry<T>(doing: string, partition: number, work: () => Promise<T>): Promise<T> {
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
      return await retry(attempt, { ...retries, retrying, mayPass });
    } catch (error) {
      if (isTopicMissing(error)) throw this.#damaged(partition, "it does not exist");
      throw logUnavailable(doing, error);
    }
  }
}

/** What is damaged stays so. */
const mayPass = (error: unknown) => !(error instanceof VoteError);

function emptyIfOutside(error: unknown): FrameRecord[] {
  if (isOutOfRange(error)) return [];
  throw error;
}
