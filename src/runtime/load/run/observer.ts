import type { Account } from "../measure/account.js";
import { emptyLatencies } from "../measure/outcome.js";
import { Timeline } from "../measure/timeline.js";
import { VisibleWatch } from "../measure/visible-watch.js";
import type { LoadOptions } from "./options.js";

const pollMs = 20;

/** Measures a run beside its sending, whatever generator sends. */
export class RunObserver {
  readonly latencies = emptyLatencies();
  readonly timeline: Timeline;
  readonly watch: VisibleWatch;
  readonly #options: LoadOptions;
  readonly #elapsed: () => number;
  /** What the timeline has counted so far. */
  readonly #counted = { sent: 0, acknowledged: 0, refused: 0 };
  #watching: Promise<void> | undefined;
  #open = true;

  /** @param elapsed milliseconds since the run's start */
  constructor(options: LoadOptions, elapsed: () => number) {
    const { election, view, scenario } = options;
    this.#options = options;
    this.#elapsed = elapsed;
    this.timeline = new Timeline(scenario.durationSeconds * 1_000);
    this.watch = new VisibleWatch({
      view,
      election: election.id,
      partitions: election.partitions,
      now: elapsed,
      onVisible: (dueAt, latencyMs, ballots) => {
        this.latencies.visible.record(latencyMs, ballots);
        this.timeline.latency("visible", dueAt, latencyMs, ballots);
      },
    });
  }

  /** Polls the view from now until `close`, whether or not it answers. */
  async open(): Promise<void> {
    await this.watch.poll().catch(() => {});
    this.#watching = this.#watchVisible();
  }

  /**
   * Records the acknowledgement of some ballots; times in milliseconds after the start.
   *
   * @param dueAt  when they were due: latency counts from here
   * @param sentAt when they were sent
   * @param at     when their answer came. Default: now
   */
  acknowledged(dueAt: number, sentAt: number, ballots: number, at = this.#elapsed()): void {
    this.latencies.acknowledge.record(at - dueAt, ballots);
    this.latencies.acknowledgeRaw.record(at - sentAt, ballots);
    this.timeline.latency("acknowledge", dueAt, at - dueAt, ballots);
  }

  /** Adds to the timeline what has happened since the last call. */
  countSoFar(accounts: readonly Account[]): void {
    const elapsed = this.#elapsed();
    for (const what of ["sent", "acknowledged", "refused"] as const) {
      const now = accounts.reduce((sum, account) => sum + account[what], 0);
      this.timeline.count(what, elapsed, now - this.#counted[what]);
      this.#counted[what] = now;
    }
  }

  /**
   * Waits, for a limited time, until the view's watermarks have reached the log's ends.
   *
   * @returns false if they have not
   * @throws VoteError `log-unavailable`
   */
  async drain(): Promise<boolean> {
    const { election, log, clock, drainWithinMs = 60_000 } = this.#options;
    const until = this.#elapsed() + drainWithinMs;
    const ends = await Promise.all(
      Array.from({ length: election.partitions }, async (_, partition) => {
        const first = await log.read(election.id, partition, 0, 1);
        // A partition without records never appears in the view.
        return first.length === 0 ? -1 : log.end(election.id, partition);
      }),
    );
    const { watermarks } = this.watch;
    const hasCaughtUp = () => ends.every((end, partition) => watermarks[partition] >= end);
    while (!(this.watch.isEmpty && hasCaughtUp())) {
      if (this.#elapsed() >= until) return false;
      await clock.sleep(pollMs);
    }
    return true;
  }

  /** Stops polling the view. */
  async close(): Promise<void> {
    this.#open = false;
    await this.#watching;
  }

  async #watchVisible(): Promise<void> {
    while (this.#open) {
      // If the view stays unavailable, the run reports that it did not drain.
      await this.watch.poll().catch(() => {});
      await this.#options.clock.sleep(pollMs);
    }
  }
}
