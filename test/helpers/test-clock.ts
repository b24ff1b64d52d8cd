import { type Clock, systemClock } from "../../src/runtime/time/clock.js";

/** A clock that stands still, except that whoever sleeps moves it on at once. */
export class SkippingClock implements Clock {
  #ms: number;

  /** @param wallClock milliseconds since the epoch */
  constructor(wallClock = Date.now()) {
    this.#ms = wallClock;
  }

  now(): number {
    return this.#ms;
  }

  wallClock(): number {
    return this.#ms;
  }

  async sleep(ms: number): Promise<void> {
    this.#ms += ms;
  }

  after = systemClock.after;
}

/** A clock that a test moves: who sleeps wakes when its time has come. */
export class SteppedClock implements Clock {
  #ms: number;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  /** @param wallClock milliseconds since the epoch */
  constructor(wallClock: number) {
    this.#ms = wallClock;
  }

  now(): number {
    return this.#ms;
  }

  wallClock(): number {
    return this.#ms;
  }

  /** @param wallClock milliseconds since the epoch */
  moveTo(wallClock: number): void {
    this.#ms = wallClock;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > wallClock) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { at: this.#ms + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      if (ms <= 0 || signal?.aborted) sleeper.wake();
    });
  }

  after(ms: number, callback: () => void): () => void {
    const sleeper = { at: this.#ms + ms, wake: callback };
    this.#sleepers.add(sleeper);
    return () => this.#sleepers.delete(sleeper);
  }
}
