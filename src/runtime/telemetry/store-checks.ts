import type { StoreHealth } from "../contracts/http/status.js";
import { VoteError } from "../core/errors.js";
import { within } from "../time/clock.js";

/** A store that a role needs, and how to find out whether it answers. */
export interface StoreCheck extends Pick<StoreHealth, "part" | "store"> {
  /** Resolves once the store has answered; false if there is nothing to ask it for yet. */
  readonly ask: () => Promise<boolean>;
}

interface StoreChecksOptions {
  /** An answer is reused for this long. Default 1,000. */
  readonly maxAgeMs?: number;
  /** A store that takes longer counts as unreachable. Default 1,500. */
  readonly timeoutMs?: number;
  /** Where the role keeps files on this machine, if anywhere. */
  readonly directory?: string | undefined;
}

/**
 * Checks a role's stores, only on request and one request at a time: a store that hangs is not
 * asked again before it has answered.
 */
export class StoreChecks {
  readonly #checks: readonly CachedCheck[];
  readonly directory: string | undefined;

  constructor(checks: readonly StoreCheck[], options: StoreChecksOptions = {}) {
    const { maxAgeMs = 1_000, timeoutMs = 1_500, directory } = options;
    this.directory = directory;
    this.#checks = checks.map((check) => new CachedCheck(check, maxAgeMs, timeoutMs));
  }

  /** Never rejects: a failure is part of the answer. */
  health(): Promise<StoreHealth[]> {
    return Promise.all(this.#checks.map((one) => one.health()));
  }
}

class CachedCheck {
  #last: { readonly health: StoreHealth; readonly at: number } | undefined;
  #asking: Promise<StoreHealth> | undefined;

  constructor(
    readonly check: StoreCheck,
    readonly maxAgeMs: number,
    readonly timeoutMs: number,
  ) {}

  async health(): Promise<StoreHealth> {
    if (this.#last !== undefined && performance.now() - this.#last.at < this.maxAgeMs) {
      return this.#last.health;
    }
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    const inTime = await within(this.timeoutMs, this.#asking);
    const health = inTime ?? this.#failed(`It has not answered within ${this.timeoutMs} ms.`);
    this.#last = { health, at: performance.now() };
    return health;
  }

  async #ask(): Promise<StoreHealth> {
    const { part, store, ask } = this.check;
    const startedAt = performance.now();
    try {
      if (!(await ask())) return { part, store, reachable: null, latencyMs: null, detail: "" };
      const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
      return { part, store, reachable: true, latencyMs, detail: "" };
    } catch (error) {
      // Other errors may name hosts and more that the public must not see.
      return this.#failed(error instanceof VoteError ? error.publicMessage : "It does not answer.");
    }
  }

  #failed(detail: string): StoreHealth {
    const { part, store } = this.check;
    return { part, store, reachable: false, latencyMs: null, detail };
  }
}
