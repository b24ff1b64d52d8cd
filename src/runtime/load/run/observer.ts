import type { Account } from "../measure/account.js";
import { emptyLatencies, type LoadOutcome } from "../measure/outcome.js";
import { Timeline } from "../measure/timeline.js";
import { VisibleWatch } from "../measure/visible-watch.js";
import type { StreamSpec } from "../scenario/scenario.js";
import type { ElectionHours } from "./election-hours.js";
import type { LoadOptions } from "./options.js";
import { progressOf } from "./progress.js";
import { openStream, type Stream, streamOutcomeOf } from "./stream.js";

const pollMs = 20;
const reportMs = 1_000;

/** Measures a run beside its sending, whatever generator sends. */
export class RunObserver {
  readonly latencies = emptyLatencies();
  readonly timeline: Timeline;
  readonly watch: VisibleWatch;
  readonly #options: LoadOptions;
  #startAt = 0;
  #startedAt = 0;
  /** What the timeline has counted so far. */
  readonly #counted = { sent: 0, acknowledged: 0, refused: 0 };
  #watching: Promise<void> | undefined;
  #open = true;

  constructor(options: LoadOptions) {
    const { election, view, scenario } = options;
    this.#options = options;
    this.start();
    this.timeline = new Timeline(scenario.durationSeconds * 1_000);
    this.watch = new VisibleWatch({
      view,
      election: election.id,
      partitions: election.partitions,
      now: () => this.elapsed(),
      onVisible: (dueAt, latencyMs, ballots) => {
        this.latencies.visible.record(latencyMs, ballots);
        this.timeline.latency("visible", dueAt, latencyMs, ballots);
      },
    });
  }

  /** Times count from here: the first ballot is about to be sent. */
  start(): void {
    this.#startAt = this.#options.clock.now();
    this.#startedAt = this.#options.clock.wallClock();
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return this.#options.clock.now() - this.#startAt;
  }

  /** When the run started, in milliseconds since the epoch. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Prepares a stream whose answers are measured here. @throws VoteError as `openStream` does */
  openStream(spec: StreamSpec, number: number, hours?: ElectionHours): Stream {
    const { clock, giveUpAfterMs = 60_000 } = this.#options;
    return openStream(spec, number, this.#options, {
      acknowledged: (...answer) => this.acknowledged(...answer),
      visible: this.watch,
      elapsed: () => this.elapsed(),
      wallClock: () => clock.wallClock(),
      sleep: (ms) => clock.sleep(ms),
      giveUpAfterMs,
      hours,
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
  acknowledged(dueAt: number, sentAt: number, ballots: number, at = this.elapsed()): void {
    this.latencies.acknowledge.record(at - dueAt, ballots);
    this.latencies.acknowledgeRaw.record(at - sentAt, ballots);
    this.timeline.latency("acknowledge", dueAt, at - dueAt, ballots);
  }

  /** Adds to the timeline what has happened since the last call. */
  countSoFar(accounts: readonly Account[]): void {
    const elapsed = this.elapsed();
    for (const what of ["sent", "acknowledged", "refused"] as const) {
      const now = accounts.reduce((sum, account) => sum + account[what], 0);
      this.timeline.count(what, elapsed, now - this.#counted[what]);
      this.#counted[what] = now;
    }
  }

  /**
   * Waits until the view's watermarks have reached the log's ends: as long as they move, and for a
   * limited time where they stand.
   *
   * @returns false if they stand before that
   * @throws VoteError `log-unavailable`
   */
  async drain(): Promise<boolean> {
    const { election, log, clock, drainWithinMs = 60_000 } = this.#options;
    const ends = await Promise.all(
      Array.from({ length: election.partitions }, async (_, partition) => {
        const first = await log.read(election.id, partition, 0, 1);
        // A partition without records never appears in the view.
        return first.length === 0 ? -1 : log.end(election.id, partition);
      }),
    );
    const { watermarks } = this.watch;
    const hasCaughtUp = () => ends.every((end, partition) => watermarks[partition] >= end);
    let reached = Number.NEGATIVE_INFINITY;
    let until = 0;
    while (!(this.watch.isEmpty && hasCaughtUp())) {
      // What others send meanwhile is no sign that the tally of these ballots works.
      const now = ends.reduce(
        (sum, end, partition) => sum + Math.min(end, watermarks[partition]),
        0,
      );
      if (now > reached) until = this.elapsed() + drainWithinMs;
      else if (this.elapsed() >= until) return false;
      reached = now;
      await clock.sleep(pollMs);
    }
    return true;
  }

  /** Tells how far the run has come. @param sendingMs how long it has been sending */
  report(streams: readonly Stream[], sendingMs: number): void {
    this.countSoFar(streams.map(({ account }) => account));
    const { onProgress } = this.#options;
    const { behind } = this.watch;
    onProgress?.(progressOf(streams, this.elapsed(), sendingMs, this.latencies, behind));
  }

  /** Waits for this work, and tells once a second how far the run has come. */
  async reporting<T>(streams: readonly Stream[], sendingMs: number, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const telling = this.#reportUntil(done.signal, streams, sendingMs);
    try {
      return await work;
    } finally {
      done.abort();
      await telling;
    }
  }

  async #reportUntil(
    signal: AbortSignal,
    streams: readonly Stream[],
    sendingMs: number,
  ): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(reportMs, signal);
      if (signal.aborted) return;
      this.report(streams, sendingMs);
    }
  }

  /**
   * Waits until every ballot is visible, and sums the run up.
   *
   * @param known what only the generator knows
   */
  async finish(
    streams: readonly Stream[],
    known: Pick<LoadOutcome, "sendingMs" | "unsent" | "generator"> & { interrupted?: boolean },
  ): Promise<LoadOutcome> {
    const { election, seed, signal } = this.#options;
    const sentAny = streams.some(({ account }) => account.sent > 0);
    const drained = !sentAny || (await this.reporting(streams, known.sendingMs, this.drain()));
    const durationMs = this.elapsed();
    this.report(streams, known.sendingMs);
    return {
      election: election.id,
      seed,
      streams: streams.map(streamOutcomeOf),
      startedAt: this.#startedAt,
      durationMs,
      latencies: this.latencies,
      timeline: this.timeline,
      interrupted: signal?.aborted ?? false,
      drained,
      ...known,
    };
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
