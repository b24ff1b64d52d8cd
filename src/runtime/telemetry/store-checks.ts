import { VoteError } from "../core/errors.js";

/** Something outside that a role needs, and how to find out whether it answers. */
export interface StoreCheck {
  readonly part: "log" | "ledger" | "view";
  /** What does the part's work here: "Kafka", "LMDB". */
  readonly store: string;
  /** Resolves once it has answered, with false where there was nothing to ask it for yet. */
  readonly ask: () => Promise<boolean>;
}

export interface StoreHealth extends Pick<StoreCheck, "part" | "store"> {
  /** Null while it is not known. */
  readonly reachable: boolean | null;
  readonly latencyMs: number | null;
  /** Why it is not reachable; empty otherwise. */
  readonly detail: string;
}

export interface StoreChecksOptions {
  /** An answer this old is still good. Default 1,000. */
  readonly maxAgeMs?: number;
  /** What has not answered within this is not reachable. Default 1,500. */
  readonly timeoutMs?: number;
}

/**
 * Whether a role's stores answer, asked only when somebody wants to know, and each one once at a
 * time: one that hangs is not asked again before it has answered.
 */
export class StoreChecks {
  readonly #checks: readonly Checked[];

  constructor(checks: readonly StoreCheck[], options: StoreChecksOptions = {}) {
    const { maxAgeMs = 1_000, timeoutMs = 1_500 } = options;
    this.#checks = checks.map((check) => new Checked(check, maxAgeMs, timeoutMs));
  }

  /** Does not reject: what fails is told. */
  health(): Promise<StoreHealth[]> {
    return Promise.all(this.#checks.map((one) => one.health()));
  }
}

class Checked {
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
      // What others throw may name hosts and more that is not for everybody.
      return this.#failed(error instanceof VoteError ? error.message : "It does not answer.");
    }
  }

  #failed(detail: string): StoreHealth {
    const { part, store } = this.check;
    return { part, store, reachable: false, latencyMs: null, detail };
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
