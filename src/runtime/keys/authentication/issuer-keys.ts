import { VoteError } from "../../core/errors.js";
import type { Clock } from "../../time/clock.js";
import type { JsonWebKeySet } from "./jwks.js";
import { KeyRing, type KeySource, type Verify } from "./key-ring.js";

/** How old an issuer's keys get before they are fetched again. */
const refreshMs = 10 * 60_000;
/** Between two attempts, whatever tokens come: a flood of them is none for the issuer. */
const pauseMs = 30_000;
/** How long the last good keys are good for while no others can be had. */
const keepMs = 24 * 3_600_000;

export interface IssuerKeysOptions {
  readonly fetchKeySet: () => Promise<JsonWebKeySet>;
  readonly clock: Pick<Clock, "now">;
  /** Hears of attempts that failed. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/**
 * The keys that an issuer publishes, fetched in the background: whoever needs one gets it, or an
 * error, at once. While the issuer cannot be reached, the last good ones stay good for a day.
 */
export class IssuerKeys implements KeySource {
  readonly #options: IssuerKeysOptions;
  #ring: KeyRing | undefined;
  #fetchedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#ring?.size ?? 0;
  }

  get ageMs(): number | null {
    return this.#ring === undefined ? null : Math.round(this.#age());
  }

  get usable(): boolean {
    return this.#age() < keepMs;
  }

  find(kid: string | undefined): Verify | undefined {
    const ring = this.usable ? this.#ring : undefined;
    const found = ring?.find(kid);
    if (found !== undefined) return found;
    // It may be a key from after the last time.
    void this.#attempt();
    if (ring !== undefined && this.#underWay === undefined) return undefined;
    throw new VoteError("issuer-unavailable", "The token's key is being fetched.", {
      hint: "Send the request again in a moment.",
    });
  }

  /** Fetches the keys if they are due. Never rejects: the next time is soon. */
  async refreshIfDue(): Promise<void> {
    if (this.#age() >= refreshMs) await this.#attempt();
  }

  #age(): number {
    return this.#options.clock.now() - this.#fetchedAt;
  }

  #attempt(): Promise<void> | undefined {
    const now = this.#options.clock.now();
    if (this.#underWay === undefined && now - this.#triedAt >= pauseMs) {
      this.#triedAt = now;
      this.#underWay = this.#fetch().finally(() => {
        this.#underWay = undefined;
      });
    }
    return this.#underWay;
  }

  async #fetch(): Promise<void> {
    const { fetchKeySet, clock, onFailure } = this.#options;
    try {
      this.#ring = new KeyRing(await fetchKeySet());
      this.#fetchedAt = clock.now();
    } catch (error) {
      onFailure?.(error);
    }
  }
}
