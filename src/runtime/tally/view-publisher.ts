import { setTimeout as sleep } from "node:timers/promises";
import type { PartitionView, View } from "../view/port.js";
import type { TallyEvents } from "./tally-events.js";

const retryMs = 250;
const republishEveryMs = 2_000;

interface Entry {
  readonly election: string;
  readonly figures: PartitionView;
}

/**
 * Keeps the view up with the ledger without ever holding the tally back: of each partition only
 * the newest figures wait, and while the view is down they wait for it. A view that has been
 * emptied fills again without a vote coming in: the figures of every partition held here are set
 * anew every so often, which changes nothing where they stand.
 */
export class ViewPublisher {
  readonly #view: View;
  readonly #events: TallyEvents;
  readonly #held = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  readonly #stopping = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  /** Since when something has been waiting, by the clock of `performance.now()`. */
  #waitingSince: number | undefined;

  constructor(view: View, events: TallyEvents, everyMs = republishEveryMs) {
    this.#view = view;
    this.#events = events;
    this.#timer = setInterval(() => this.#republish(), everyMs);
    this.#timer.unref();
  }

  publish(election: string, figures: PartitionView): void {
    const key = keyOf(election, figures.partition);
    const entry = { election, figures };
    this.#held.set(key, entry);
    this.#waiting.set(key, entry);
    this.#start();
  }

  /** How long the oldest figures that are not in the view yet have been waiting; 0 without any. */
  get lagMs(): number {
    if (this.#waitingSince === undefined) return 0;
    return Math.round(performance.now() - this.#waitingSince);
  }

  /** Another tally holds the partition now; what waits is still published. */
  release(election: string, partition: number): void {
    this.#held.delete(keyOf(election, partition));
  }

  /** Resolves once what waits is published, or has failed one last time. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  #republish(): void {
    for (const [key, entry] of this.#held) {
      if (!this.#waiting.has(key)) this.#waiting.set(key, entry);
    }
    this.#start();
  }

  #start(): void {
    if (this.#waiting.size === 0) return;
    this.#waitingSince ??= performance.now();
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      const startedAt = performance.now();
      this.#waiting.clear();
      try {
        await Promise.all(
          batch.map(([, { election, figures }]) => this.#view.set(election, figures)),
        );
        // What has come meanwhile has been waiting since then, at the most.
        this.#waitingSince = startedAt;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.#events.event("view-retry", { reason });
        // Newer figures may have come meanwhile; they win.
        for (const [key, entry] of batch) {
          if (!this.#waiting.has(key)) this.#waiting.set(key, entry);
        }
        await sleep(retryMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
    // In the same turn as the look at what waits: nothing can come in between and be forgotten.
    this.#running = undefined;
    this.#waitingSince = undefined;
  }
}

const keyOf = (election: string, partition: number) => `${election}/${partition}`;
