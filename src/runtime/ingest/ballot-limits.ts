import { RateLimit, type RateLimitOptions } from "../http/limits/rate-limit.js";
import type { Clock } from "../time/clock.js";

/** How many ballots a second one ingest takes; none, or 0, for any number. */
export interface BallotRates {
  /** One voter's, sent with a token of their own, for one election. */
  readonly perVoter?: number | undefined;
  /** Those in the batches of one gateway, by the subject of its token. */
  readonly perGateway?: number | undefined;
  readonly perElection?: number | undefined;
  readonly inTotal?: number | undefined;
}

/** The one client of the limit on everything. */
const everybody = "";
/** There are few gateways and elections. */
const few = 4_096;

/** Bounds how many ballots a second an ingest takes, from whom and for what. */
export class BallotLimits {
  readonly #voter: RateLimit | undefined;
  readonly #gateway: RateLimit | undefined;
  readonly #election: RateLimit | undefined;
  readonly #total: RateLimit | undefined;

  constructor(rates: BallotRates, clock: Pick<Clock, "now">) {
    const { perVoter, perGateway, perElection, inTotal } = rates;
    const limit = (perSecond = 0, options: Pick<RateLimitOptions, "policy" | "who" | "slots">) =>
      perSecond === 0
        ? undefined
        : new RateLimit({ ...options, unit: "ballots", perSecond, clock });
    this.#voter = limit(perVoter, { policy: "voter", who: "This voter sends" });
    this.#gateway = limit(perGateway, {
      ...{ policy: "gateway", who: "This gateway sends", slots: few },
    });
    this.#election = limit(perElection, {
      ...{ policy: "election", who: "For this election come", slots: few },
    });
    this.#total = limit(inTotal, { policy: "total", who: "To this ingest come", slots: few });
  }

  /**
   * Before anything is read: nothing is taken from any quota yet.
   *
   * @param gateway who sends the batch, if it is one
   * @throws TooManyRequests
   */
  requireSome(gateway?: string): void {
    this.#total?.requireSome(everybody);
    if (gateway !== undefined) this.#gateway?.requireSome(gateway);
  }

  /**
   * Takes one voter's ballot from the quotas.
   *
   * @param tag the voter's, for this election: a keyed hash
   * @throws TooManyRequests
   */
  takeSingle(election: string, tag: Int32Array): void {
    this.takeAttempt(tag);
    this.takeProven(election);
  }

  /**
   * Takes a ballot that still needs a proof of work from its voter's quota, which the challenges
   * count in, too.
   *
   * @param tag as `takeSingle` has it
   * @throws TooManyRequests
   */
  takeAttempt(tag: Int32Array): void {
    this.#voter?.takeHashed(tag);
  }

  /**
   * Takes a ballot from the other quotas, once its proof is good.
   *
   * @throws TooManyRequests
   */
  takeProven(election: string): void {
    this.#takeFor(election, 1);
  }

  /** Takes a batch from the quotas. @throws TooManyRequests */
  takeBatch(gateway: string, election: string, ballots: number): void {
    this.#gateway?.take(gateway, ballots);
    this.#takeFor(election, ballots);
  }

  /** The headers that tell a gateway what is left of its quota; none without a limit. */
  headersFor(gateway: string): Record<string, string> {
    return this.#gateway?.headersFor(gateway) ?? {};
  }

  #takeFor(election: string, ballots: number): void {
    this.#election?.take(election, ballots);
    this.#total?.take(everybody, ballots);
  }
}
