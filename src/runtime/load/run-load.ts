import { LatencyRecorder } from "./latency.js";
import type { LoadOptions } from "./options.js";
import { progressOf } from "./progress.js";
import { openStream, type Stream } from "./stream.js";
import { VisibleWatch } from "./visible-watch.js";

export interface LoadOutcome {
  readonly election: string;
  readonly seed: number;
  readonly streams: readonly Stream[];
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** From the start until everything was visible. */
  readonly durationMs: number;
  /** From the start until the last ballot was sent. */
  readonly sendingMs: number;
  readonly acknowledge: LatencyRecorder;
  readonly visible: LatencyRecorder;
  /** How late the generator itself was, for each ballot. */
  readonly scheduleLag: LatencyRecorder;
  /** Due and never sent. */
  readonly unsent: number;
  readonly interrupted: boolean;
  /** The view has reached the log's end in every partition. */
  readonly drained: boolean;
}

const tickMs = 4;
const pollMs = 20;
const progressMs = 1_000;
/** After the last ballot is due: what a full system could not take until then stays unsent. */
const graceMs = 500;

/**
 * Runs a scenario against an open election: an open loop that sends what is due at its time,
 * whatever became of the ballots before, and waits at the end until everything is decided and seen.
 *
 * @throws VoteError `invalid-scenario` or `invalid-usage` before anything is sent
 */
export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  return new LoadRun(options).run();
}

class LoadRun {
  readonly #options: LoadOptions;
  #startAt: number;
  #startedAt: number;
  readonly #streams: readonly Stream[];
  readonly #acknowledge = new LatencyRecorder();
  readonly #visible = new LatencyRecorder();
  readonly #scheduleLag = new LatencyRecorder();
  readonly #watch: VisibleWatch;
  readonly #sentSeen: number[];
  #watching = true;

  constructor(options: LoadOptions) {
    const { election, view, clock } = options;
    this.#options = options;
    this.#startAt = clock.now();
    this.#startedAt = clock.wallClock();
    this.#watch = new VisibleWatch({
      view,
      election: election.id,
      partitions: election.partitions,
      latency: this.#visible,
      now: () => this.#elapsed(),
    });
    this.#streams = options.scenario.streams.map((spec, number) =>
      openStream(spec, number, options, {
        acknowledge: this.#acknowledge,
        visible: this.#watch,
        elapsed: () => this.#elapsed(),
        wallClock: () => clock.wallClock(),
        sleep: (ms) => clock.sleep(ms),
        giveUpAfterMs: options.giveUpAfterMs ?? 60_000,
      }),
    );
    this.#sentSeen = this.#streams.map(() => 0);
  }

  async run(): Promise<LoadOutcome> {
    const { election, seed, signal, clock } = this.#options;
    const watching = this.#watchVisible();
    try {
      await this.#watch.poll().catch(() => {});
      // Everything is open and known by now: what took long until here is no ballot's latency.
      this.#startAt = clock.now();
      this.#startedAt = clock.wallClock();
      await this.#send();
      const sendingMs = this.#elapsed();
      await Promise.all(this.#streams.map(({ sender }) => sender.settled()));
      const drained = await this.#drain();
      const durationMs = this.#elapsed();
      this.#watching = false;
      await watching;
      this.#report(sendingMs);
      return {
        election: election.id,
        seed,
        streams: this.#streams,
        startedAt: this.#startedAt,
        durationMs,
        sendingMs,
        acknowledge: this.#acknowledge,
        visible: this.#visible,
        scheduleLag: this.#scheduleLag,
        unsent: this.#streams.reduce((sum, stream) => sum + unsentOf(stream, sendingMs), 0),
        interrupted: signal?.aborted ?? false,
        drained,
      };
    } finally {
      this.#watching = false;
      await Promise.all(this.#streams.map(({ sender }) => sender.close()));
    }
  }

  #elapsed(): number {
    return this.#options.clock.now() - this.#startAt;
  }

  /** Ticks until everything due was sent, the grace is over, or the signal stops it. */
  async #send(): Promise<void> {
    const { clock, signal } = this.#options;
    const endMs = Math.max(...this.#streams.map(({ schedule }) => schedule.durationMs));
    let dueBefore = 0;
    let tickAt = this.#elapsed();
    let reportAt = progressMs;
    while (signal?.aborted !== true) {
      const elapsed = this.#elapsed();
      const { due, sent, total } = this.#pump(elapsed);
      this.#scheduleLag.record(elapsed - tickAt, due - dueBefore);
      dueBefore = due;
      if (sent === total || elapsed > endMs + graceMs) return;
      if (elapsed >= reportAt) {
        this.#report(elapsed);
        reportAt += progressMs;
      }
      tickAt = elapsed + tickMs;
      await clock.sleep(tickMs);
    }
  }

  #pump(elapsed: number): { due: number; sent: number; total: number } {
    let due = 0;
    let sent = 0;
    let total = 0;
    this.#streams.forEach((stream, number) => {
      const streamDue = stream.schedule.dueBy(elapsed);
      stream.sender.pump(streamDue);
      // HTTP connections also take work between two ticks.
      if (stream.account.sent > this.#sentSeen[number]) stream.lastSentMs = this.#elapsed();
      this.#sentSeen[number] = stream.account.sent;
      due += streamDue;
      sent += stream.account.sent;
      total += stream.schedule.total;
    });
    return { due, sent, total };
  }

  #report(sendingMs: number): void {
    this.#options.onProgress?.(progressOf(this.#streams, this.#elapsed(), sendingMs));
  }

  async #watchVisible(): Promise<void> {
    while (this.#watching) {
      // A view that is away comes back, or the run does not drain and says so.
      await this.#watch.poll().catch(() => {});
      await this.#options.clock.sleep(pollMs);
    }
  }

  /** Waits, bounded, until the view's watermarks have reached the log's ends. */
  async #drain(): Promise<boolean> {
    const { election, log, clock, drainWithinMs = 60_000 } = this.#options;
    const until = this.#elapsed() + drainWithinMs;
    const ends = await Promise.all(
      Array.from({ length: election.partitions }, async (_, partition) => {
        const first = await log.read(election.id, partition, 0, 1);
        // A partition without a record never gets a place in the view.
        return first.length === 0 ? -1 : log.end(election.id, partition);
      }),
    );
    const { watermarks } = this.#watch;
    const isThere = () => ends.every((end, partition) => watermarks[partition] >= end);
    while (!(this.#watch.isEmpty && isThere())) {
      if (this.#elapsed() >= until) return false;
      await clock.sleep(pollMs);
    }
    return true;
  }
}

/** Due by the end of sending and not sent. */
function unsentOf({ schedule, account }: Stream, sendingMs: number): number {
  return Math.max(0, schedule.dueBy(sendingMs) - account.sent);
}
