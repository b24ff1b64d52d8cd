import { crc32 } from "node:zlib";
import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import type { Registry } from "../ledger/port.js";
import type { ElectionView, View } from "../view/port.js";
import { CachedRead, type Reading } from "./cached-read.js";
import { type Result, resultOf, watermarksOf } from "./result.js";

/** An election's result in the forms it is sent in; each is made once, and only if wanted. */
export class FeedState {
  readonly result: Result;
  readonly #view: ElectionView;
  readonly #freshness: { readonly stale?: true; readonly asOf?: number };
  #body: Buffer | undefined;
  #detailedBody: Buffer | undefined;
  #event: Buffer | undefined;

  constructor(result: Result, view: ElectionView, reading: Omit<Reading<unknown>, "value">) {
    this.result = result;
    this.#view = view;
    this.#freshness = reading.stale ? { stale: true, asOf: reading.asOf } : {};
  }

  get stale(): boolean {
    return this.#freshness.stale === true;
  }

  get body(): Buffer {
    this.#body ??= Buffer.from(JSON.stringify({ ...this.result, ...this.#freshness }));
    return this.#body;
  }

  /** With each partition's watermark. */
  get detailedBody(): Buffer {
    const watermarks = watermarksOf(this.#view);
    this.#detailedBody ??= Buffer.from(
      JSON.stringify({ ...this.result, ...this.#freshness, watermarks }),
    );
    return this.#detailedBody;
  }

  /** One server-sent event; a hint that nothing will follow once the result is official. */
  get event(): Buffer {
    const { revision, official } = this.result;
    const end = official && !this.stale ? 'event: end\ndata: {"reason":"certified"}\n\n' : "";
    this.#event ??= Buffer.from(`event: result\nid: ${revision}\ndata: ${this.body}\n\n${end}`);
    return this.#event;
  }
}

/** Strong: two bodies with one tag are the same, in whichever process they were made. */
export function entityTagOf(body: Buffer, revision: number): string {
  return `"${revision}-${crc32(body).toString(16).padStart(8, "0")}"`;
}

export interface FeedOptions {
  readonly registry: Registry;
  readonly view: View;
  readonly maxAgeMs: number;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** Where every reader of one election's result gets it from: one read for all of them. */
export class ElectionFeed {
  readonly #cache: CachedRead<{ readonly result: Result; readonly view: ElectionView }>;
  #reading: Reading<unknown> | undefined;
  #state: FeedState | undefined;

  constructor(
    readonly election: string,
    options: FeedOptions,
  ) {
    this.#cache = new CachedRead({ ...options, load: () => read(election, options) });
  }

  /** @throws VoteError `unknown-election`; `view-unavailable` only if there was never a state */
  async current(): Promise<FeedState> {
    const reading = await this.#cache.get();
    if (reading === this.#reading && this.#state !== undefined) return this.#state;
    const state = new FeedState(reading.value.result, reading.value.view, reading);
    this.#reading = reading;
    // The same content stays the same object: nothing to encode again, nothing to send again.
    if (this.#state === undefined || !this.#state.body.equals(state.body)) this.#state = state;
    return this.#state;
  }
}

async function read(id: string, { registry, view }: FeedOptions) {
  const [election, figures] = await Promise.all([registry.get(id), view.get(id)]);
  if (election === undefined) {
    throw new VoteError("unknown-election", `There is no election ${id}.`, {
      hint: "GET /v1/elections lists them.",
    });
  }
  const official = figures.official ?? (await certifiedResult(registry, election));
  const complete = { ...figures, official };
  return { result: resultOf(election, complete), view: complete };
}

/** The view may have lost the official result; the registry never does. */
async function certifiedResult(
  registry: Registry,
  election: Election,
): Promise<ElectionView["official"]> {
  if (election.status !== "certified") return undefined;
  const certificate = await registry.getCertificate(election.id);
  if (certificate === undefined) return undefined;
  const votes = new Map(certificate.result.map((line) => [line.candidate, line.votes]));
  return {
    certifiedAt: certificate.certifiedAt,
    counts: election.candidates.map(({ id }) => votes.get(id) ?? 0),
    rejected: certificate.rejected,
    digest: certificate.digest,
  };
}
