import type { Clock } from "../../time/clock.js";
import type { Scheduler } from "./scheduler.js";

/** When every simulation begins, in milliseconds since the epoch. */
export const epochMs = 1_800_000_000_000;

/**
 * A process of a simulation: the code that waits for this process's clock and this process's calls.
 * Killed, it stays for ever at the `await` where it is. Stopped, it goes on there later.
 */
export class VirtualProcess {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #clockErrorMs: () => number;
  #isAlive = true;
  /** What waits while the process is stopped. */
  #held: (() => void)[] | undefined;

  /** @param clockErrorMs how far its wall clock is ahead now */
  constructor(name: string, scheduler: Scheduler, clockErrorMs: () => number) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#clockErrorMs = clockErrorMs;
  }

  get isRunning(): boolean {
    return this.#isAlive && this.#held === undefined;
  }

  readonly clock: Clock = {
    now: () => this.#scheduler.nowMs,
    wallClock: () => Math.floor(epochMs + this.#scheduler.nowMs + this.#clockErrorMs()),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const wake = () => {
          cancel();
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const cancel = this.clock.after(ms, wake);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    after: (ms, callback) => {
      let isOff = false;
      const ring = () => {
        if (!isOff) callback();
      };
      const cancel = this.#scheduler.after(ms, () => this.enter(ring));
      return () => {
        isOff = true;
        cancel();
      };
    },
  };

  /** Runs something in this process: never once it is killed, and later if it is stopped. */
  enter(run: () => void): void {
    if (!this.#isAlive) return;
    if (this.#held === undefined) run();
    else this.#held.push(run);
  }

  kill(): void {
    this.#isAlive = false;
    this.#held = undefined;
  }

  stop(): void {
    if (this.#isAlive) this.#held ??= [];
  }

  /** Goes on, with all that came meanwhile at once. */
  goOn(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const run of held) this.#scheduler.after(0, () => this.enter(run));
  }
}
