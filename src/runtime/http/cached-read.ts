import { VoteError } from "../core/errors.js";

/** A value and when it was read. */
export interface Reading<T> {
  readonly value: T;
  /** Milliseconds since the epoch. */
  readonly asOf: number;
  /** The last attempt to read failed; this is the value read before. */
  readonly stale: boolean;
}

interface CachedReadOptions<T> {
  readonly load: () => Promise<T>;
  /** A younger reading is reused. */
  readonly maxAgeMs: number;
  readonly now: () => number;
  /** Called once when reading starts to fail. */
  readonly onFailure?: (error: unknown) => void;
}

/**
 * Shares one read among any number of callers. When a read fails, callers get the last reading,
 * marked as stale.
 */
export class CachedRead<T> {
  readonly #options: CachedReadOptions<T>;
  #last: Reading<T> | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<Reading<T>> | undefined;
  #failing = false;

  constructor(options: CachedReadOptions<T>) {
    this.#options = options;
  }

  /**
   * @throws whatever `load` throws if nothing was read before; a VoteError other than 503 always,
   *   since it is an answer and not a failure
   */
  async get(): Promise<Reading<T>> {
    const age = this.#options.now() - this.#triedAt;
    // A negative age means that the clock was set back: read again, or the value would freeze.
    if (this.#last !== undefined && age >= 0 && age < this.#options.maxAgeMs) return this.#last;
    this.#pending ??= this.#read().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
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
