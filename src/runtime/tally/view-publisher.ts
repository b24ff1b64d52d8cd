import { setTimeout as sleep } from "node:timers/promises";
import type { PartitionView, View } from "../view/port.js";
import type { TallyEvents } from "./tally.js";

const retryMs = 250;

/**
 * Keeps the view up with the ledger without ever holding the tally back: of each partition only
 * the newest figures wait, and while the view is down they wait for it.
 */
export class ViewPublisher {
  readonly #view: View;
  readonly #events: TallyEvents;
  readonly #waiting = new Map<string, { election: string; figures: PartitionView }>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(view: View, events: TallyEvents) {
    this.#view = view;
    this.#events = events;
  }

  publish(election: string, figures: PartitionView): void {
    this.#waiting.set(`${election}/${figures.partition}`, { election, figures });
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves once what waits is published, or has failed one last time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      this.#waiting.clear();
      try {
        await Promise.all(
          batch.map(([, { election, figures }]) => this.#view.set(election, figures)),
        );
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
  }
}
