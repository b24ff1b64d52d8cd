import { randomBytes } from "node:crypto";
import { createVoterTagger, voterTagBytes } from "../../core/voter/voter-tag.js";
import { type Clock, systemClock } from "../../time/clock.js";
import { type Quota, quotaHeaders, TooManyRequests } from "./too-many-requests.js";

export interface RateLimitOptions {
  /** What the limit is of, as the answer's headers name it: `voter`, `address`. */
  readonly policy: string;
  /** Whom it stops and at what, for the answer: `This voter sends`. */
  readonly who: string;
  readonly unit: "ballots" | "requests";
  readonly perSecond: number;
  /** A power of two: entries in each of the two rows, 16 bytes for both. Default 131,072. */
  readonly slots?: number;
  readonly clock?: Pick<Clock, "now">;
}

/** This many seconds' worth may come at once. */
const burstSeconds = 2;
const burstMs = burstSeconds * 1_000;
const defaultSlots = 131_072;
/** Sums of fractions end up a little beyond a bound, or below it. */
const roundingMs = 2 ** -10;

const wholeSeconds = (ms: number) => Math.max(0, Math.ceil((ms - roundingMs) / 1_000));

/**
 * Bounds a rate for each of any number of clients, in fixed memory: the generic cell rate
 * algorithm, over a sketch.
 *
 * A client's entry is the time until which all that it has sent so far is paid for. It has one in
 * each of two rows, at places that a keyed hash gives, and the earlier of the two counts. So an
 * entry is never evicted, and nobody can get rid of his own. Others can only get in the way of a
 * client if both of its entries are also those of clients at their limits.
 *
 * More than is left may be taken at once; then nothing may until it is paid for.
 */
export class RateLimit {
  readonly #options: RateLimitOptions;
  readonly #clock: Pick<Clock, "now">;
  readonly #intervalMs: number;
  readonly #slots: number;
  /** The first row, then the second. */
  readonly #paidUntil: Float64Array;
  readonly #tagger = createVoterTagger(randomBytes(32));
  readonly #hash = Buffer.allocUnsafeSlow(voterTagBytes);
  readonly #words = new Int32Array(this.#hash.buffer);

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#intervalMs = 1_000 / options.perSecond;
    this.#slots = options.slots ?? defaultSlots;
    this.#paidUntil = new Float64Array(2 * this.#slots).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Takes this from the quota of the client whose name this is.
   *
   * @throws TooManyRequests if nothing is left of it
   */
  take(name: string, count = 1): void {
    this.takeHashed(this.#hashed(name), count);
  }

  /**
   * As `take`, for a client whose keyed hash there is already.
   *
   * @param hash at least three words
   * @throws TooManyRequests
   */
  takeHashed(hash: Int32Array, count = 1): void {
    const now = this.#clock.now();
    const aheadMs = this.#requireLeft(hash, now);
    const until = now + aheadMs + count * this.#intervalMs;
    this.#raise(this.#firstPlace(hash), until);
    this.#raise(this.#secondPlace(hash), until);
  }

  /** @throws TooManyRequests if nothing is left of the client's quota */
  requireSome(name: string): void {
    this.#requireLeft(this.#hashed(name), this.#clock.now());
  }

  /** The headers that tell a client what is left of its quota. */
  headersFor(name: string): Record<string, string> {
    return quotaHeaders(this.#quota(this.#aheadMs(this.#hashed(name), this.#clock.now())));
  }

  #hashed(name: string): Int32Array {
    this.#tagger.write(name, this.#hash, 0);
    return this.#words;
  }

  /** How far beyond now the client's requests are not paid for yet. */
  #aheadMs(hash: Int32Array, now: number): number {
    const first = this.#paidUntil[this.#firstPlace(hash)];
    const second = this.#paidUntil[this.#secondPlace(hash)];
    return Math.max(0, Math.min(first, second) - now);
  }

  #requireLeft(hash: Int32Array, now: number): number {
    const aheadMs = this.#aheadMs(hash, now);
    const waitMs = aheadMs + this.#intervalMs - burstMs;
    if (waitMs < roundingMs) return aheadMs;
    const { who, unit, perSecond } = this.#options;
    const detail = `${who} more than ${perSecond} ${unit} a second.`;
    throw new TooManyRequests(detail, this.#quota(aheadMs), Math.max(1, wholeSeconds(waitMs)));
  }

  #quota(aheadMs: number): Quota {
    const { policy, perSecond } = this.#options;
    const left = Math.floor((burstMs - aheadMs + roundingMs) / this.#intervalMs);
    return {
      ...{ policy, burst: perSecond * burstSeconds, windowSeconds: burstSeconds },
      left: Math.max(0, left),
      fullInSeconds: wholeSeconds(aheadMs),
    };
  }

  #raise(place: number, until: number): void {
    if (this.#paidUntil[place] < until) this.#paidUntil[place] = until;
  }

  /** Not by the first word of the hash: a voter tag's chooses the partition. */
  #firstPlace(hash: Int32Array): number {
    return hash[1] & (this.#slots - 1);
  }

  #secondPlace(hash: Int32Array): number {
    return this.#slots + (hash[2] & (this.#slots - 1));
  }
}
