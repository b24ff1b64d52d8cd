import type { DetailedResult, LiveResult } from "../../contracts/http/result.js";
import { CachedRead, type Reading } from "../../http/cached-read.js";
import { CodedBody } from "../../http/content-coding.js";
import type { PartitionView } from "../../view/port.js";
import { contentId } from "./cacheable.js";
import { History } from "./history.js";
import { type LogEnds, LogLag } from "./log-lag.js";
import { watermarksOf } from "./result.js";
import { type ReadResult, ResultReader, type ResultSources } from "./result-reader.js";

/** A state of an election's result, in the forms it is sent in; each is made on first use. */
export class FeedState {
  readonly result: LiveResult;
  readonly body: CodedBody;
  /** The same for the same content, whichever process made it. */
  readonly id: string;
  /** When it was first read, milliseconds since the epoch. */
  readonly at: number;
  readonly #partitions: readonly PartitionView[];
  #detailed: { readonly body: CodedBody; readonly id: string } | undefined;

  constructor(result: LiveResult, partitions: readonly PartitionView[], at: number) {
    this.result = result;
    this.at = at;
    this.#partitions = partitions;
    this.body = new CodedBody(JSON.stringify(result));
    this.id = contentId(this.body.identity, result.revision);
  }

  get stale(): boolean {
    return this.result.stale === true;
  }

  /** The result is official, so no state will follow. */
  get isFinal(): boolean {
    return this.result.official && !this.stale;
  }

  /** The result with each partition's watermark. */
  get detailed(): { readonly body: CodedBody; readonly id: string } {
    if (this.#detailed === undefined) {
      const watermarks = watermarksOf(this.#partitions);
      const result: DetailedResult = { ...this.result, watermarks };
      const body = new CodedBody(JSON.stringify(result));
      this.#detailed = { body, id: contentId(body.identity, this.result.revision) };
    }
    return this.#detailed;
  }
}

/** Where feeds read from, and how often. */
export interface FeedOptions extends ResultSources {
  /** Without it, results do not say how far the tallies are behind. */
  readonly logEnds?: LogEnds | undefined;
  readonly maxAgeMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** When a result was read, and whether the last attempt to read it failed. */
export type Freshness = Pick<Reading<unknown>, "asOf" | "stale">;

/** Reads one election's result once for all its clients. */
export class ElectionFeed {
  readonly history: History;
  readonly #now: () => number;
  readonly #cache: CachedRead<ReadResult>;
  readonly #lag: LogLag | undefined;
  #reading: Reading<unknown> | undefined;
  #state: FeedState | undefined;

  constructor(
    readonly election: string,
    options: FeedOptions,
  ) {
    const { logEnds, now } = options;
    this.#now = now;
    const reader = new ResultReader(election, options);
    this.#cache = new CachedRead({ ...options, load: () => reader.read() });
    this.#lag = logEnds && new LogLag({ election, logEnds, now });
    this.history = new History(election);
  }

  /** The age of the last reading; undefined before the first. */
  get freshness(): Freshness | undefined {
    return this.#reading;
  }

  /** @throws VoteError `unknown-election`; `view-unavailable` if the election was never read */
  async current(): Promise<FeedState> {
    const reading = await this.#cache.get();
    if (reading === this.#reading && this.#state !== undefined) return this.#state;
    const { partitions } = reading.value;
    const state = new FeedState(this.#complete(reading), partitions, reading.asOf);
    this.#reading = reading;
    // The same content stays the same object, so that it is not encoded and sent again.
    if (this.#state?.id !== state.id) this.#state = state;
    return this.#state;
  }

  /** Adds to the history and samples the log's ends; called about once a second. */
  async observe(): Promise<FeedState> {
    const state = await this.current();
    const { result } = state;
    if (!state.stale) this.history.add({ at: this.#now(), counted: result.counted });
    // Not awaited: an unreachable log answers late.
    if (result.sealedPartitions < result.partitions) void this.#lag?.sample(result.partitions);
    return state;
  }

  #complete({ value, stale, asOf }: Reading<ReadResult>): LiveResult {
    const { result, partitions } = value;
    if (stale) return { ...result, stale, asOf };
    const behind = result.official ? undefined : this.#lag?.behind(partitions);
    return behind === undefined ? result : { ...result, behind };
  }
}
