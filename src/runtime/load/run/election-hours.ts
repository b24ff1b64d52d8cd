import { acknowledgedUntil } from "../../core/closing.js";
import type { Election } from "../../core/election.js";
import { announceMs, learnMs } from "../../core/limits.js";
import type { Registry } from "../../registry/port.js";
import type { Clock } from "../../time/clock.js";

interface ElectionHoursOptions {
  /** As it was when the run began. */
  readonly election: Election;
  /** Where it is read again. Without one, the hours stay as they are. */
  readonly registry?: Pick<Registry, "get"> | undefined;
  readonly clock: Clock;
}

/** As long as an ingest believes a record before it takes a ballot. */
const readEveryMs = 250;

/**
 * When an election takes and acknowledges ballots, followed during a run. A generator that appends
 * to the log is its own ingest: nobody else looks at the hours for it.
 */
export class ElectionHours {
  readonly #options: ElectionHoursOptions;
  readonly #stopping = new AbortController();
  #election: Election;
  /** When the record was asked for, by the clock's `now`. */
  #readAt: number;

  constructor(options: ElectionHoursOptions) {
    this.#options = options;
    this.#election = options.election;
    this.#readAt = options.clock.now();
  }

  /** Whether a ballot is taken now. "unsure": the registry does not answer. */
  get takes(): "yes" | "no" | "unsure" {
    const { status, closesAt = Number.POSITIVE_INFINITY } = this.#election;
    if (status !== "open" || this.#options.clock.wallClock() >= closesAt) return "no";
    return this.#isFresh(learnMs) ? "yes" : "unsure";
  }

  /** Whether what the log confirms now stands in front of the close markers for certain. */
  get acknowledges(): boolean {
    return (
      this.#isFresh(announceMs) &&
      this.#options.clock.wallClock() < acknowledgedUntil(this.#election)
    );
  }

  /** An ingest takes a ballot by a younger record than it acknowledges by. */
  #isFresh(forMs: number): boolean {
    const { registry, clock } = this.#options;
    return registry === undefined || clock.now() - this.#readAt < forMs;
  }

  /** Reads the record again and again, until `stop`. */
  async follow(): Promise<void> {
    const { registry, clock, election } = this.#options;
    const { signal } = this.#stopping;
    while (registry !== undefined && !signal.aborted) {
      const askedAt = clock.now();
      const read = await registry.get(election.id).catch(() => undefined);
      if (read !== undefined) {
        this.#election = read;
        this.#readAt = askedAt;
      }
      await clock.sleep(readEveryMs, signal);
    }
  }

  stop(): void {
    this.#stopping.abort();
  }
}
