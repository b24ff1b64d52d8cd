import { agentProtocol, type RunRequest } from "../../contracts/load/agent-requests.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { Account } from "../measure/account.js";
import { emptyJournal } from "../measure/journal.js";
import { emptyLatencies, type LoadOutcome, unpackLatencies } from "../measure/outcome.js";
import { Timeline } from "../measure/timeline.js";
import type { LoadOptions } from "../run/options.js";
import type { LoadProgress } from "../run/progress.js";
import { planStream } from "../run/stream.js";
import type { Scenario } from "../scenario/scenario.js";
import type { AgentClient } from "./client.js";
import type { ClockOffset } from "./clock-offset.js";

/** A process that takes one share of a run. */
export interface Agent {
  /** Shown to people: "process 2", or an address. */
  readonly name: string;
  readonly client: AgentClient;
  /** Resolves with the reason once one of our own processes is known to be gone. */
  readonly gone?: Promise<string>;
}

/** A run as each of its agents needs it. */
export interface SharedRun
  extends Pick<LoadOptions, "election" | "seed" | "clock" | "giveUpAfterMs" | "drainWithinMs"> {
  readonly target?: RunRequest["target"];
  /** Whether the progress has latencies. Without it they are empty until the end. */
  readonly withLatencies?: boolean;
}

/** How often an agent is asked how far it is. */
export const lookEveryMs = 200;
/** Slower where latencies are asked for: packing them holds up an agent's sending. */
const lookWithLatenciesEveryMs = 1_000;
/** An agent that has not answered for this long is given up, and the run with it. */
const lostAfterMs = 15_000;

/** One agent's share of the run, and what is known of it. */
export class AgentShare {
  readonly agent: Agent;
  readonly #scenario: Scenario;
  readonly #options: SharedRun;
  #clock: ClockOffset = { offsetMs: 0, uncertaintyMs: 0 };
  progress: LoadProgress | undefined;
  /** Why the agent was lost, and when, by our clock. */
  lost: { readonly why: string; readonly at: number } | undefined;

  constructor(agent: Agent, scenario: Scenario, options: SharedRun) {
    this.agent = agent;
    this.#scenario = scenario;
    this.#options = options;
  }

  async prepare(): Promise<void> {
    const { election, seed, target, giveUpAfterMs, drainWithinMs } = this.#options;
    const { name, durationSeconds, streams, candidates } = this.#scenario;
    const { secondVoteShare, retryShare } = this.#scenario;
    await this.agent.client.prepare({
      protocol: agentProtocol,
      election: election.id,
      seed,
      scenario: { name, durationSeconds, streams, candidates, secondVoteShare, retryShare },
      target,
      giveUpAfterMs,
      drainWithinMs,
    });
  }

  async measureClock(): Promise<void> {
    this.#clock = await this.agent.client.offset();
  }

  async start(startAt: number): Promise<void> {
    await this.agent.client.start(startAt + this.#clock.offsetMs);
  }

  /** Resolves once it has finished or is lost. */
  async follow(onLost: () => void): Promise<void> {
    const gone = this.agent.gone ?? new Promise<never>(() => {});
    const why = await Promise.race([this.#untilFinished(), gone]);
    if (why === undefined) return;
    this.#lose(why);
    onLost();
  }

  /** The share's outcome, by our clock. If the agent is lost, one that says nothing is known. */
  async collect(startAt: number): Promise<LoadOutcome> {
    const { election, seed } = this.#options;
    const share = { election, seed, scenario: this.#scenario };
    if (this.lost === undefined) {
      try {
        return this.#byOurClock(await this.agent.client.outcome(share));
      } catch (error) {
        this.#lose(messageOf(error));
      }
    }
    return this.#unknownOutcome(startAt);
  }

  lostText(): string {
    return `${this.agent.name} was lost: ${this.lost?.why}.`;
  }

  #lose(why: string): void {
    this.lost = { why: why.replace(/\.$/, ""), at: this.#options.clock.wallClock() };
  }

  /** @returns why the agent is lost, if it is */
  async #untilFinished(): Promise<string | undefined> {
    const { clock, withLatencies } = this.#options;
    const everyMs = withLatencies ? lookWithLatenciesEveryMs : lookEveryMs;
    for (let answeredAt = clock.now(); !this.lost; await clock.sleep(everyMs)) {
      try {
        const { state, progress, problem, latencies } =
          await this.agent.client.status(withLatencies);
        answeredAt = clock.now();
        const packed = latencies && unpackLatencies(latencies);
        if (progress) this.progress = { ...progress, latencies: packed ?? emptyLatencies() };
        if (state === "finished") return undefined;
        if (state === "failed") return problem ?? "it failed";
      } catch (error) {
        const isGone =
          error instanceof VoteError && ["agent-lost", "not-found"].includes(error.code);
        if (isGone || clock.now() - answeredAt > lostAfterMs) return messageOf(error);
      }
    }
    return undefined;
  }

  #byOurClock(outcome: LoadOutcome): LoadOutcome {
    const { offsetMs, uncertaintyMs } = this.#clock;
    const [facts] = outcome.generator.each;
    const startedAt = outcome.startedAt - offsetMs;
    const own = { name: this.agent.name, startedAt, clockUncertaintyMs: uncertaintyMs };
    const generator = { ...outcome.generator, each: [{ ...facts, ...own }] };
    return { ...outcome, startedAt, generator };
  }

  /** Every ballot that was due before the loss may have been sent, and may be in the log. */
  #unknownOutcome(startAt: number): LoadOutcome {
    const { election, seed } = this.#options;
    const { streams, durationSeconds } = this.#scenario;
    const durationMs = Math.max(0, (this.lost?.at ?? startAt) - startAt);
    const share = { election, seed, scenario: this.#scenario };
    const nothing = { cpuSeconds: 0, busyShare: 0 };
    const each = { ...nothing, name: this.agent.name, scheduleLagP99Ms: 0, unsent: 0 };
    return {
      election: election.id,
      seed,
      streams: streams.map((spec) => {
        const { plan, schedule } = planStream(spec, share);
        const account = new Account(plan);
        account.sent = schedule.dueBy(durationMs);
        account.unknown = account.sent;
        const numbers = { kind: "chunks", partitions: election.partitions, numbers: 0 } as const;
        const journal = emptyJournal(numbers);
        return { spec, schedule, account, journal, lastSentMs: durationMs, lost: this.lostText() };
      }),
      startedAt: startAt,
      durationMs,
      sendingMs: Math.min(durationMs, durationSeconds * 1_000),
      latencies: emptyLatencies(),
      timeline: new Timeline(durationSeconds * 1_000),
      unsent: 0,
      interrupted: true,
      drained: true,
      generator: {
        name: "builtin",
        processes: 1,
        ...nothing,
        limits: [],
        each: [{ ...each, startedAt: startAt, lost: this.lost?.why ?? "" }],
      },
    };
  }
}
