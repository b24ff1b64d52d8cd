import { VoteError } from "../../core/errors.js";

/** Something that was read, and when. */
export interface Reading<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly asOf: number;
  /** The newest attempt to read failed; this is what was read before. */
  readonly stale: boolean;
}

export interface CachedReadOptions<T> {
  readonly load: () => Promise<T>;
  /** A reading up to this old is handed out without reading again. */
  readonly maxAgeMs: number;
  readonly now: () => number;
  /** Told once when reading starts to fail. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * One read for any number of readers: those who come while one is under way share it. When reading
 * fails, the last reading is served and says that it is stale.
 */
export class CachedRead<T> {
  readonly #options: CachedReadOptions<T>;
  #last: Reading<T> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<Reading<T>> | undefined;
  #failing = false;

  constructor(options: CachedReadOptions<T>) {
    this.#options = options;
  }

  /**
   * @throws what `load` throws when nothing was read before, and always VoteErrors other than 503:
   *   those are answers, not failures
   */
  async get(): Promise<Reading<T>> {
    const age = this.#options.now() - this.#triedAt;
    // A clock that was set back must not freeze the figures: a negative age is no young age.
    if (this.#last !== undefined && age >= 0 && age < this.#options.maxAgeMs) return this.#last;
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #read(): Promise<Reading<T>> {
    const { load, now, onFailure } = this.#options;
    const asOf = now();
    try {
      const value = await load();
      this.#failing = false;
      this.#last = { value, asOf, stale: false };
    } catch (error) {
      if (error instanceof VoteError && error.status !== 503) throw error;
      if (!this.#failing) onFailure?.(error);
      this.#failing = true;
      if (this.#last === undefined) throw error;
      this.#last = { ...this.#last, stale: true };
    }
    this.#triedAt = asOf;
    return this.#last;
  }
}
