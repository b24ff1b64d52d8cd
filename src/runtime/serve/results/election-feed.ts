import type { DetailedResult, LiveResult, Result } from "../../contracts/result.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { CodedBody } from "../../http/content-coding.js";
import type { Certificate, Registry } from "../../registry/port.js";
import type { ElectionView, PartitionView, View } from "../../view/port.js";
import { contentId } from "./cacheable.js";
import { CachedRead, type Reading } from "./cached-read.js";
import { History } from "./history.js";
import { type LogEnds, LogLag } from "./log-lag.js";
import { resultOf, watermarksOf } from "./result.js";

/** A state of an election's result, in the forms it is sent in; each is made on first use. */
export class FeedState {
  readonly result: LiveResult;
  readonly body: CodedBody;
  /** The same for the same content, whichever process made it. */
  readonly id: string;
  /** When it was first read, milliseconds since the epoch. */
  readonly at: number;
  readonly #view: ElectionView;
  #detailed: { readonly body: CodedBody; readonly id: string } | undefined;

  constructor(result: LiveResult, view: ElectionView, at: number) {
    this.result = result;
    this.at = at;
    this.#view = view;
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
      const watermarks = watermarksOf(this.#view);
      const result: DetailedResult = { ...this.result, watermarks };
      const body = new CodedBody(JSON.stringify(result));
      this.#detailed = { body, id: contentId(body.identity, this.result.revision) };
    }
    return this.#detailed;
  }
}

export interface FeedOptions {
  readonly registry: Registry;
  readonly view: View;
  /** Without it, results do not say how far the tallies are behind. */
  readonly logEnds?: LogEnds | undefined;
  readonly maxAgeMs: number;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** When a result was read, and whether the last attempt to read it failed. */
export type Freshness = Pick<Reading<unknown>, "asOf" | "stale">;

/** What one read of registry and view gives. */
interface ReadResult {
  readonly result: Result;
  readonly view: ElectionView;
}

/** Reads one election's result once for all its clients. */
export class ElectionFeed {
  readonly history: History;
  readonly #now: () => number;
  readonly #cache: CachedRead<ReadResult>;
  readonly #lag: LogLag | undefined;
  #reading: Reading<unknown> | undefined;
  #read: ReadResult | undefined;
  #state: FeedState | undefined;

  constructor(
    readonly election: string,
    options: FeedOptions,
  ) {
    const { logEnds, now } = options;
    this.#now = now;
    this.#cache = new CachedRead({
      ...options,
      load: async () => {
        this.#read = await read(election, options, this.#read?.view);
        return this.#read;
      },
    });
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
    const { view } = reading.value;
    const state = new FeedState(this.#complete(reading), view, reading.asOf);
    this.#reading = reading;
    // The same content stays the same object, so that it is not encoded and sent again.
    if (this.#state?.id !== state.id) this.#state = state;
    return this.#state;
  }

  /** Adds to the history and samples the log's ends; called about once a second. */
  async observe(): Promise<void> {
    const { result, stale } = await this.current();
    if (!stale) this.history.add({ at: this.#now(), counted: result.counted });
    // Not awaited: an unreachable log answers late.
    if (result.sealedPartitions < result.partitions) void this.#lag?.sample(result.partitions);
  }

  #complete({ value, stale, asOf }: Reading<ReadResult>): LiveResult {
    const { result, view } = value;
    if (stale) return { ...result, stale, asOf };
    const behind = result.official ? undefined : this.#lag?.behind(view.partitions);
    return behind === undefined ? result : { ...result, behind };
  }
}

/** @param before what the view said the last time it could be read */
async function read(
  id: string,
  { registry, view }: FeedOptions,
  before: ElectionView | undefined,
): Promise<ReadResult> {
  const [election, answer] = await Promise.all([
    registry.get(id),
    view.get(id).catch((error: unknown) => new Unreadable(error)),
  ]);
  if (election === undefined) {
    throw new VoteError("unknown-election", `There is no election ${id}.`, {
      hint: "GET /v1/elections lists them.",
    });
  }
  const seen = answer instanceof Unreadable ? answer : newestOf(answer, before);
  const isCertified = election.status === "certified";
  if (!(seen instanceof Unreadable)) {
    // Certified between the two reads: half of it would be the state before.
    if (!isCertified) return running(election, seen);
    if (seen.official !== undefined) return { result: resultOf(election, seen), view: seen };
  }
  // The view may be away, or may have lost the official result; the registry never does.
  const certificate = isCertified ? await registry.getCertificate(id) : undefined;
  if (certificate !== undefined) {
    const known = seen instanceof Unreadable ? before : seen;
    return certified(election, certificate, known ?? { partitions: [], official: undefined });
  }
  if (seen instanceof Unreadable) throw seen.reason;
  return running(election, seen);
}

class Unreadable {
  constructor(readonly reason: unknown) {}
}

function running(election: Election, { partitions }: ElectionView): ReadResult {
  const view = { partitions, official: undefined };
  return { result: resultOf(election, view), view };
}

/**
 * Of each partition the newest figures there ever were: a view that has been emptied, and fills
 * again, does not take back what has been shown.
 */
function newestOf({ partitions, official }: ElectionView, before?: ElectionView): ElectionView {
  if (before === undefined) return { partitions, official };
  const newest = new Map(before.partitions.map((figures) => [figures.partition, figures]));
  for (const figures of partitions) {
    const { partition, sequence } = figures;
    if (sequence >= (newest.get(partition)?.sequence ?? -1)) newest.set(partition, figures);
  }
  const inOrder = [...newest.values()].sort((one, other) => one.partition - other.partition);
  return { partitions: inOrder, official };
}

/** What the certificate says; retries, which it does not know, as far as the view has them. */
function certified(election: Election, certificate: Certificate, view: ElectionView): ReadResult {
  const votes = new Map(certificate.result.map((line) => [line.candidate, line.votes]));
  const official = {
    certifiedAt: certificate.certifiedAt,
    counts: election.candidates.map(({ id }) => votes.get(id) ?? 0),
    rejected: certificate.rejected,
    digest: certificate.digest,
  };
  const partitions = certificate.seals.map((seal) => asSealed(seal, view));
  return {
    result: resultOf(election, { partitions, official }),
    view: { partitions: view.partitions, official },
  };
}

/** A partition at its seal, where the view does not have it that far; for the sums only. */
function asSealed(seal: Certificate["seals"][number], { partitions }: ElectionView): PartitionView {
  const { partition, sequence } = seal;
  const seen = partitions.find((one) => one.partition === partition);
  if (seen !== undefined && seen.sequence >= sequence) return seen;
  const { position = 0, retriesAbsorbed = 0 } = seen ?? {};
  const none = { counts: [], rejections: [] };
  return { partition, sequence, position, ...none, retriesAbsorbed, sealed: true };
}
