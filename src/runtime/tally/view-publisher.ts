import type { Ledger } from "../ledger/port.js";
import { type Clock, every, systemClock } from "../time/clock.js";
import type { PartitionView, View } from "../view/port.js";
import { reasonsOf, type TallyEvents } from "./telemetry/tally-events.js";

const retryMs = 250;
const republishEveryMs = 2_000;

interface PublisherOptions {
  /** How often the counts are written again. Default 2,000. */
  readonly everyMs?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

interface Entry {
  readonly election: string;
  readonly counts: PartitionView;
}

/**
 * Keeps the view up to date without ever slowing the tally down: only each partition's newest
 * counts wait, also while the view is down. Every two seconds it writes the counts of all
 * partitions held here again, so that a view that has lost them fills up without a new vote.
 *
 * Newer counts in the view are another tally's, or they are wrong. The ledger knows which: if it
 * has no segment after the one these counts are as of, they replace what the view has.
 */
export class ViewPublisher {
  readonly #view: View;
  readonly #ledger: Pick<Ledger, "get">;
  readonly #events: TallyEvents;
  readonly #held = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  readonly #stopping = new AbortController();
  readonly #clock: Clock;
  readonly #endRepublishing: () => void;
  #running: Promise<void> | undefined;
  /** When the oldest waiting counts came, by the clock's `now`. */
  #waitingSince: number | undefined;

  constructor(
    view: View,
    ledger: Pick<Ledger, "get">,
    events: TallyEvents,
    { everyMs = republishEveryMs, clock = systemClock }: PublisherOptions = {},
  ) {
    this.#view = view;
    this.#ledger = ledger;
    this.#events = events;
    this.#clock = clock;
    this.#endRepublishing = every(clock, everyMs, () => this.#republish());
  }

  publish(election: string, counts: PartitionView): void {
    const key = keyOf(election, counts.partition);
    const entry = { election, counts };
    this.#held.set(key, entry);
    this.#waiting.set(key, entry);
    this.#start();
  }

  /** How long the oldest counts not yet in the view have been waiting, in milliseconds, or 0. */
  get lagMs(): number {
    if (this.#waitingSince === undefined) return 0;
    return Math.round(this.#clock.now() - this.#waitingSince);
  }

  /** Stops rewriting a partition that another tally holds now; what waits is still published. */
  release(election: string, partition: number): void {
    this.#held.delete(keyOf(election, partition));
  }

  /** Resolves once what waits is published or has failed a last time. */
  async stop(): Promise<void> {
    this.#endRepublishing();
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
    this.#waitingSince ??= this.#clock.now();
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting];
      const startedAt = this.#clock.now();
      this.#waiting.clear();
      try {
        await Promise.all(batch.map(([, entry]) => this.#set(entry)));
        // Whatever came in the meantime has been waiting since then at most.
        this.#waitingSince = startedAt;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#events.event("view-retry", { ...reasonsOf(error) });
        // Newer counts may have come in the meantime; they win.
        for (const [key, entry] of batch) {
          if (!this.#waiting.has(key)) this.#waiting.set(key, entry);
        }
        await this.#clock.sleep(retryMs, this.#stopping.signal);
      }
    }
    // In the same turn as the loop's check: nothing can come in between and be forgotten.
    this.#running = undefined;
    this.#waitingSince = undefined;
  }

  async #set({ election, counts }: Entry): Promise<void> {
    if ((await this.#view.set(election, counts)) !== "newer") return;
    const { partition, sequence } = counts;
    const next = await this.#ledger.get({ election, partition, sequence: sequence + 1 });
    if (next === undefined) await this.#view.replace(election, counts);
  }
}

const keyOf = (election: string, partition: number) => `${election}/${partition}`;
