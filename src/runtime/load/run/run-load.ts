import { type Effort, startEffort } from "../../telemetry/effort.js";
import type { GeneratorFacts, LoadOutcome } from "../measure/outcome.js";
import { RunObserver } from "./observer.js";
import type { LoadOptions } from "./options.js";
import { progressOf } from "./progress.js";
import { openStream, type Stream, streamOutcomeOf } from "./stream.js";

const tickMs = 4;
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
  readonly #observer: RunObserver;
  readonly #sentSeen: number[];

  constructor(options: LoadOptions) {
    const { clock, scenario } = options;
    this.#options = options;
    this.#startAt = clock.now();
    this.#startedAt = clock.wallClock();
    this.#observer = new RunObserver(options, () => this.#elapsed());
    this.#streams = scenario.streams.map((spec, number) =>
      openStream(spec, number, options, {
        acknowledged: (...answer) => this.#observer.acknowledged(...answer),
        visible: this.#observer.watch,
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
    try {
      await this.#observer.open();
      this.#options.onReady?.();
      await this.#untilStart();
      // Everything is open and known by now: what took long until here is no ballot's latency.
      this.#startAt = clock.now();
      this.#startedAt = clock.wallClock();
      const effort = startEffort();
      await this.#send();
      const sendingMs = this.#elapsed();
      const spent = effort();
      await Promise.all(this.#streams.map(({ sender }) => sender.settled()));
      const sentAny = this.#streams.some(({ account }) => account.sent > 0);
      const drained = !sentAny || (await this.#observer.drain());
      const durationMs = this.#elapsed();
      this.#report(sendingMs);
      const unsent = this.#streams.reduce((sum, each) => sum + unsentOf(each, sendingMs), 0);
      return {
        election: election.id,
        seed,
        streams: this.#streams.map(streamOutcomeOf),
        startedAt: this.#startedAt,
        durationMs,
        sendingMs,
        latencies: this.#observer.latencies,
        timeline: this.#observer.timeline,
        unsent,
        interrupted: signal?.aborted ?? false,
        drained,
        generator: this.#generator(spent, unsent),
      };
    } finally {
      await this.#observer.close();
      await Promise.all(this.#streams.map(({ sender }) => sender.close()));
    }
  }

  #elapsed(): number {
    return this.#options.clock.now() - this.#startAt;
  }

  /** Shares of one run in several processes begin together. */
  async #untilStart(): Promise<void> {
    const { clock, signal } = this.#options;
    const given = this.#options.startAt;
    if (given === undefined) return;
    const startAt =
      typeof given === "number" ? given : ((await Promise.race([given, aborted(signal)])) ?? 0);
    while (signal?.aborted !== true && clock.wallClock() < startAt) {
      await clock.sleep(Math.min(100, startAt - clock.wallClock()));
    }
  }

  #generator({ cpuSeconds, busyShare }: Effort, unsent: number): GeneratorFacts {
    const scheduleLagP99Ms = this.#observer.latencies.scheduleLag.percentile(99);
    const effort = { cpuSeconds, busyShare };
    const facts = { name: "this process", ...effort, scheduleLagP99Ms, unsent };
    const each = [{ ...facts, startedAt: this.#startedAt }];
    return { name: "builtin", processes: 1, ...effort, limits: [], each };
  }

  /** Ticks until everything due was sent, the grace is over, or the signal stops it. */
  async #send(): Promise<void> {
    const { clock, signal } = this.#options;
    const { latencies, timeline } = this.#observer;
    const endMs = Math.max(...this.#streams.map(({ schedule }) => schedule.durationMs));
    let dueBefore = 0;
    let tickAt = this.#elapsed();
    let reportAt = progressMs;
    while (signal?.aborted !== true) {
      const elapsed = this.#elapsed();
      const { due, sent, total } = this.#pump(elapsed);
      latencies.scheduleLag.record(elapsed - tickAt, due - dueBefore);
      timeline.latency("scheduleLag", elapsed, elapsed - tickAt, due - dueBefore);
      timeline.count("due", elapsed, due - dueBefore);
      this.#countSoFar();
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

  #countSoFar(): void {
    this.#observer.countSoFar(this.#streams.map(({ account }) => account));
  }

  #report(sendingMs: number): void {
    this.#countSoFar();
    const { latencies } = this.#observer;
    this.#options.onProgress?.(progressOf(this.#streams, this.#elapsed(), sendingMs, latencies));
  }
}

/** Due by the end of sending and not sent. */
function unsentOf({ schedule, account }: Stream, sendingMs: number): number {
  return Math.max(0, schedule.dueBy(sendingMs) - account.sent);
}

/** Resolves once the signal stops the run; never without one. */
function aborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(undefined);
    signal?.addEventListener("abort", () => resolve(undefined), { once: true });
  });
}
