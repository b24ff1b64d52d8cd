/**
 * Runs a scenario with the builtin generator. How one ballot passes through the rooms of load/:
 *
 * 1. scenario/ says how many ballots come when, for how long and by which way in: a stream each.
 * 2. arrivals/ turns a stream's rates into a schedule: when ballot number i is due.
 * 3. plan/ says what ballot number i is: its id, its voter and its choice follow from the seed.
 * 4. run/ (here) ticks every few milliseconds and tells each sender how many ballots are due. It
 *    never waits for answers: latency counts from when a ballot was due, however late it was sent.
 * 5. send/ takes the ballot to the system, as frames into the log, as single requests or as
 *    batches, and sends it again until its outcome is known or the time for it is over.
 * 6. measure/ keeps the outcome: the account (sent, acknowledged, refused), the journal (place and
 *    time of the acknowledgement), the latencies, and when the live result shows the ballot.
 * 7. reconcile/ reads the ledger after the run and compares every ballot with the account. A ballot
 *    that is missing, doubled, changed or invented becomes a finding.
 * 8. report/ writes the record, the text and the files, and judges the thresholds.
 *
 * agents/ share steps 4 to 6 among several processes or machines, generators/ leave step 5 to
 * autocannon or k6, and faults/ disturb the system meanwhile.
 */
import type { GeneratorFacts } from "../../contracts/load/generator-facts.js";
import { type Effort, startEffort } from "../../telemetry/cpu.js";
import { untilAborted } from "../../time/clock.js";
import type { LoadOutcome } from "../measure/outcome.js";
import { ElectionHours } from "./election-hours.js";
import { RunObserver } from "./observer.js";
import type { LoadOptions } from "./options.js";
import type { Stream } from "./stream.js";

const tickMs = 4;
const progressMs = 1_000;
/** How long after the last ballot is due a full system may still take the waiting ones. */
const graceMs = 500;

/**
 * Runs a scenario against an open election. An open loop sends each ballot when it is due, whatever
 * became of earlier ones; the run then waits until all of them are decided and visible.
 *
 * @throws VoteError `invalid-scenario` or `invalid-usage` before anything is sent
 */
export async function runLoad(options: LoadOptions): Promise<LoadOutcome> {
  return new LoadRun(options).run();
}

class LoadRun {
  readonly #options: LoadOptions;
  readonly #streams: readonly Stream[];
  readonly #observer: RunObserver;
  readonly #hours: ElectionHours;
  readonly #sentSeen: number[];

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#observer = new RunObserver(options);
    this.#hours = new ElectionHours(options);
    this.#streams = options.scenario.streams.map((spec, number) =>
      this.#observer.openStream(spec, number, this.#hours),
    );
    this.#sentSeen = this.#streams.map(() => 0);
  }

  async run(): Promise<LoadOutcome> {
    const observer = this.#observer;
    const following = this.#hours.follow();
    try {
      await observer.open();
      this.#options.onReady?.();
      await this.#untilStart();
      // Everything is open: the time until here is no ballot's latency.
      observer.start();
      const effort = startEffort();
      await this.#send();
      const sendingMs = observer.elapsed();
      const spent = effort();
      const settled = Promise.all(this.#streams.map(({ sender }) => sender.settled()));
      await observer.reporting(this.#streams, sendingMs, settled);
      const unsent = this.#streams.reduce((sum, each) => sum + unsentOf(each, sendingMs), 0);
      const generator = this.#generator(spent, unsent);
      return await observer.finish(this.#streams, { sendingMs, unsent, generator });
    } finally {
      this.#hours.stop();
      await following;
      await observer.close();
      await Promise.all(this.#streams.map(({ sender }) => sender.close()));
    }
  }

  /** Waits until the shares of a run begin together. */
  async #untilStart(): Promise<void> {
    const { clock, signal } = this.#options;
    const given = this.#options.startAt;
    if (given === undefined) return;
    const startAt =
      typeof given === "number"
        ? given
        : ((await Promise.race([given, untilAborted(signal)])) ?? 0);
    while (signal?.aborted !== true && clock.wallClock() < startAt) {
      await clock.sleep(Math.min(100, startAt - clock.wallClock()));
    }
  }

  #generator({ cpuSeconds, busyShare }: Effort, unsent: number): GeneratorFacts {
    const scheduleLagP99Ms = this.#observer.latencies.scheduleLag.percentile(99);
    const effort = { cpuSeconds, busyShare };
    const facts = { name: "this process", ...effort, scheduleLagP99Ms, unsent };
    const each = [{ ...facts, startedAt: this.#observer.startedAt }];
    return { name: "builtin", processes: 1, ...effort, limits: [], each };
  }

  /** Ticks until everything is sent, the grace is over, or the signal aborts. */
  async #send(): Promise<void> {
    const { clock, signal } = this.#options;
    const observer = this.#observer;
    const { latencies, timeline } = observer;
    const endMs = Math.max(...this.#streams.map(({ schedule }) => schedule.durationMs));
    let dueBefore = 0;
    let tickAt = observer.elapsed();
    let reportAt = progressMs;
    while (signal?.aborted !== true) {
      const elapsed = observer.elapsed();
      const { due, sent, total } = this.#pump(elapsed);
      latencies.scheduleLag.record(elapsed - tickAt, due - dueBefore);
      timeline.latency("scheduleLag", elapsed, elapsed - tickAt, due - dueBefore);
      timeline.count("due", elapsed, due - dueBefore);
      observer.countSoFar(this.#streams.map(({ account }) => account));
      dueBefore = due;
      if (sent === total || elapsed > endMs + graceMs) return;
      if (elapsed >= reportAt) {
        observer.report(this.#streams, elapsed);
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
      // HTTP connections also send between two ticks.
      if (stream.account.sent > this.#sentSeen[number]) {
        stream.lastSentMs = this.#observer.elapsed();
      }
      this.#sentSeen[number] = stream.account.sent;
      due += streamDue;
      sent += stream.account.sent;
      total += stream.schedule.total;
    });
    return { due, sent, total };
  }
}

/** The ballots that were due by the end of sending, and were not sent. */
function unsentOf({ schedule, account }: Stream, sendingMs: number): number {
  return Math.max(0, schedule.dueBy(sendingMs) - account.sent);
}
