import { startEffort } from "../telemetry/effort.js";
import type { LoadOptions } from "./options.js";
import { emptyLatencies, type GeneratorFacts, type LoadOutcome } from "./outcome.js";
import { progressOf } from "./progress.js";
import { openStream, outcomeOf, type Stream } from "./stream.js";
import { Timeline } from "./timeline.js";
import { VisibleWatch } from "./visible-watch.js";

const builtin = {
  name: "builtin",
  processes: 1,
  limits: [],
} as const satisfies Partial<GeneratorFacts>;

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
  readonly #latencies = emptyLatencies();
  readonly #timeline: Timeline;
  readonly #watch: VisibleWatch;
  readonly #sentSeen: number[];
  /** What the timeline has been told so far. */
  #told = { sent: 0, acknowledged: 0, refused: 0 };
  #watching = true;

  constructor(options: LoadOptions) {
    const { election, view, clock, scenario } = options;
    this.#options = options;
    this.#timeline = new Timeline(scenario.durationSeconds * 1_000);
    this.#startAt = clock.now();
    this.#startedAt = clock.wallClock();
    this.#watch = new VisibleWatch({
      view,
      election: election.id,
      partitions: election.partitions,
      now: () => this.#elapsed(),
      onVisible: (dueAt, latencyMs, ballots) => {
        this.#latencies.visible.record(latencyMs, ballots);
        this.#timeline.latency("visible", dueAt, latencyMs, ballots);
      },
    });
    this.#streams = scenario.streams.map((spec, number) =>
      openStream(spec, number, options, {
        acknowledged: (...answer) => this.#acknowledged(...answer),
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
      await this.#untilStart();
      // Everything is open and known by now: what took long until here is no ballot's latency.
      this.#startAt = clock.now();
      this.#startedAt = clock.wallClock();
      const effort = startEffort();
      await this.#send();
      const sendingMs = this.#elapsed();
      await Promise.all(this.#streams.map(({ sender }) => sender.settled()));
      const generator = { ...builtin, ...effort() };
      const drained = await this.#drain();
      const durationMs = this.#elapsed();
      this.#watching = false;
      await watching;
      this.#report(sendingMs);
      return {
        election: election.id,
        seed,
        streams: this.#streams.map(outcomeOf),
        startedAt: this.#startedAt,
        durationMs,
        sendingMs,
        latencies: this.#latencies,
        timeline: this.#timeline,
        unsent: this.#streams.reduce((sum, stream) => sum + unsentOf(stream, sendingMs), 0),
        interrupted: signal?.aborted ?? false,
        drained,
        generator,
      };
    } finally {
      this.#watching = false;
      await Promise.all(this.#streams.map(({ sender }) => sender.close()));
    }
  }

  #elapsed(): number {
    return this.#options.clock.now() - this.#startAt;
  }

  /** Shares of one run in several processes begin together. */
  async #untilStart(): Promise<void> {
    const { startAt, clock, signal } = this.#options;
    if (startAt === undefined) return;
    while (signal?.aborted !== true && clock.wallClock() < startAt) {
      await clock.sleep(Math.min(100, startAt - clock.wallClock()));
    }
  }

  #acknowledged(dueAt: number, sentAt: number, ballots: number): void {
    const now = this.#elapsed();
    this.#latencies.acknowledge.record(now - dueAt, ballots);
    this.#latencies.acknowledgeRaw.record(now - sentAt, ballots);
    this.#timeline.latency("acknowledge", dueAt, now - dueAt, ballots);
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
      this.#latencies.scheduleLag.record(elapsed - tickAt, due - dueBefore);
      this.#timeline.latency("scheduleLag", elapsed, elapsed - tickAt, due - dueBefore);
      this.#timeline.count("due", elapsed, due - dueBefore);
      this.#tellTimeline();
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

  /** What has happened since it was told last. */
  #tellTimeline(): void {
    const elapsed = this.#elapsed();
    for (const what of ["sent", "acknowledged", "refused"] as const) {
      const now = this.#streams.reduce((sum, { account }) => sum + account[what], 0);
      this.#timeline.count(what, elapsed, now - this.#told[what]);
      this.#told[what] = now;
    }
  }

  #report(sendingMs: number): void {
    this.#tellTimeline();
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
