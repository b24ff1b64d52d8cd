import type { GeneratorFacts } from "../../contracts/load/generator-facts.js";
import { VoteError } from "../../core/errors.js";
import { idBytes } from "../../core/formats/ballot.js";
import { startEffort } from "../../telemetry/cpu.js";
import type { Account } from "../measure/account.js";
import type { LoadOutcome } from "../measure/outcome.js";
import { RunObserver } from "../run/observer.js";
import type { LoadOptions } from "../run/options.js";
import type { Stream } from "../run/stream.js";
import type { StreamSpec } from "../scenario/scenario.js";
import { ballotOutcomeOf } from "../send/http/ballot-answer.js";
import type { HttpAnswer } from "../send/http/http-message.js";
import { HttpSender } from "../send/http/http-sender.js";
import { type HttpTarget, targetAddress, voterPrefixOf } from "../send/http/http-target.js";

const tickMs = 100;
const progressMs = 1_000;
/** The whole plan is held in memory, and for k6 in a file as well. */
const maxBallots = 2_000_000;

/**
 * The only stream of a run that autocannon or k6 sends. The ballots are the plan's, and every
 * answer goes into the account. A ballot without an answer at the end is sent again until it has
 * one, so that the run reconciles like any other.
 */
export class ExternalStream {
  readonly spec: StreamSpec;
  readonly target: HttpTarget;
  readonly election: string;
  /** The ingest's path for single ballots. */
  readonly path: string;
  readonly voterPrefix: string;
  /** Candidate ids by choice. */
  readonly candidates: readonly string[];
  readonly account: Account;
  readonly observer: RunObserver;
  readonly #options: LoadOptions;
  readonly #stream: Stream;
  readonly #sender: HttpSender;
  #effort = startEffort();

  /**
   * @param name the generator's, for errors
   * @throws VoteError `invalid-usage` for a scenario that the generator cannot send
   */
  constructor(options: LoadOptions, name: string) {
    const { election, seed } = options;
    const { spec, target } = requireOneHttpStream(options, name);
    this.#options = options;
    this.spec = spec;
    this.target = target;
    this.election = election.id;
    this.path = `/v1/elections/${election.id}/ballots`;
    this.voterPrefix = voterPrefixOf(seed, spec.name);
    this.candidates = election.candidates.map(({ id }) => id);
    this.observer = new RunObserver(options);
    this.#stream = this.observer.openStream(spec, 0);
    this.account = this.#stream.account;
    if (!(this.#stream.sender instanceof HttpSender)) throw new Error("Not a stream via http");
    this.#sender = this.#stream.sender;
    requireBounded(this.account.plan.total, name);
  }

  /** How long the schedule is, in milliseconds. */
  get durationMs(): number {
    return this.#stream.schedule.durationMs;
  }

  /** Milliseconds since the epoch. */
  get startedAt(): number {
    return this.observer.startedAt;
  }

  elapsed(): number {
    return this.observer.elapsed();
  }

  open(): Promise<void> {
    return this.observer.open();
  }

  /** Times count from here: the generator is about to send its first ballot. */
  start(): void {
    this.observer.start();
    this.#options.onReady?.();
    this.#effort = startEffort();
  }

  /** A ballot's id, as words, from which the plan also takes what else it is. */
  idsOf(index: number): Int32Array {
    return this.account.plan.idsOf(Int32Array.of(index, 0, 0, 0));
  }

  /** A ballot's request body, as every client sends it. */
  bodyOf(ids: Int32Array): string {
    const ballotId = Buffer.from(ids.buffer, ids.byteOffset, idBytes).toString("hex");
    return JSON.stringify({
      choice: this.candidates[this.account.plan.choiceAt(ids, 0)],
      ballotId,
    });
  }

  /** Records that all ballots below this index were sent. */
  sentUpTo(index: number, sentAt: number): void {
    if (index > this.account.sent) this.account.sent = index;
    this.#stream.lastSentMs = Math.max(this.#stream.lastSentMs, sentAt);
  }

  /**
   * Counts more ballots as sent, of those due: the generator may have begun them without a report.
   * They are then sent until their outcome is known.
   */
  assumeSent(ballots: number): void {
    const due = this.#stream.schedule.dueBy(this.elapsed());
    this.sentUpTo(Math.min(this.account.sent + ballots, due), this.#stream.lastSentMs);
  }

  /**
   * Records a ballot's answer; times in milliseconds after the start.
   *
   * @param answer undefined if there was none
   * @returns whether it was acknowledged
   */
  answered(
    index: number,
    answer: HttpAnswer | undefined,
    sentAt: number,
    answeredAt: number,
  ): boolean {
    const { account } = this;
    const outcome = ballotOutcomeOf(answer);
    if (outcome.kind === "refused") account.refuse(index, outcome.code);
    if (outcome.kind !== "acknowledged") return false;
    account.acknowledge(index, account.plan.choiceAt(this.idsOf(index), 0));
    this.observer.acknowledged(sentAt, sentAt, 1, answeredAt);
    this.observer.watch.expect(outcome.partition, outcome.position, sentAt, 1);
    this.#sender.journal.add(index, outcome.partition, outcome.position, answeredAt);
    return true;
  }

  /** Records the answer to a retry of an acknowledged ballot. */
  answeredAgain(answer: HttpAnswer | undefined): void {
    if (ballotOutcomeOf(answer).kind === "acknowledged") this.account.retriesAcknowledged++;
  }

  /** Reports progress until the generator has ended. */
  async follow(generator: Promise<unknown>, onTick?: () => void): Promise<void> {
    const { clock } = this.#options;
    let isOver = false;
    const end = () => {
      isOver = true;
    };
    const over = generator.then(end, end);
    let due = 0;
    for (let reportAt = progressMs; !isOver; ) {
      const elapsed = this.elapsed();
      const dueNow = this.#stream.schedule.dueBy(elapsed);
      this.observer.timeline.count("due", elapsed, Math.max(0, dueNow - due));
      this.observer.countSoFar([this.account]);
      due = Math.max(due, dueNow);
      onTick?.();
      if (elapsed >= reportAt) {
        this.observer.report([this.#stream], elapsed);
        reportAt += progressMs;
      }
      await Promise.race([clock.sleep(tickMs), over]);
    }
  }

  /**
   * Ends the run after the generator has ended: sends again whatever has no answer, and waits until
   * every ballot is visible.
   *
   * @param facts what is known about the generator
   */
  async settle(facts: Omit<GeneratorFacts, "busyShare">): Promise<LoadOutcome> {
    const { busyShare, cpuSeconds } = this.#effort();
    const interrupted = this.#options.signal?.aborted ?? false;
    const { schedule, lastSentMs } = this.#stream;
    const sendingMs = interrupted ? this.elapsed() : Math.max(schedule.durationMs, lastSentMs);
    const { sent } = this.account;
    this.#sender.resend(this.#unanswered());
    await this.#sender.settled();
    return this.observer.finish([this.#stream], {
      sendingMs,
      // Dropped ballots may have been sent after all, but too late.
      unsent: Math.max(0, schedule.dueBy(sendingMs) - sent, facts.report?.dropped ?? 0),
      interrupted,
      generator: { busyShare, ...facts, cpuSeconds: facts.cpuSeconds + cpuSeconds },
    });
  }

  /** Stops polling the view and closes the connections. */
  async close(): Promise<void> {
    await this.observer.close();
    await this.#sender.close();
  }

  #unanswered(): number[] {
    const { sent, acknowledgedBallots, refusedBallots } = this.account;
    const indexes: number[] = [];
    for (let index = 0; index < sent; index++) {
      if (!acknowledgedBallots.has(index) && !refusedBallots.has(index)) indexes.push(index);
    }
    return indexes;
  }
}

function requireOneHttpStream({ scenario, http }: LoadOptions, name: string) {
  const [spec, ...others] = scenario.streams;
  const what =
    others.length > 0
      ? `has ${scenario.streams.length} streams`
      : spec.via !== "http"
        ? `goes via ${spec.via}, not via http`
        : spec.forgedShare > 0
          ? "has forged ballots"
          : spec.bots > 0
            ? "has bots"
            : undefined;
  if (what !== undefined) {
    throw new VoteError("invalid-usage", `Scenario ${scenario.name} ${what}.`, {
      hint:
        `${name} sends one stream via http without forged ballots and bots. ` +
        "Use --generator builtin.",
    });
  }
  if (http === undefined) {
    throw new VoteError("invalid-usage", `${name} sends over HTTP, but has no target.`, {
      hint: "Name the ingest with --target http://127.0.0.1:PORT.",
    });
  }
  targetAddress(http);
  return { spec, target: http };
}

function requireBounded(total: number, name: string): void {
  if (total <= maxBallots) return;
  throw new VoteError("invalid-usage", `${name} sends up to ${maxBallots} ballots, not ${total}.`, {
    hint: "Use --generator builtin, or a shorter --duration.",
  });
}
