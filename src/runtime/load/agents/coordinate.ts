import {
  agentProtocol,
  type RunRequest,
  type RunStatus,
} from "../../contracts/load/agent-requests.js";
import type { Election } from "../../core/election.js";
import { messageOf, VoteError } from "../../core/errors.js";
import type { Clock } from "../../time/clock.js";
import { Account } from "../measure/account.js";
import { emptyJournal } from "../measure/journal.js";
import {
  emptyLatencies,
  type LoadOutcome,
  mergeOutcomes,
  unpackLatencies,
} from "../measure/outcome.js";
import { Timeline } from "../measure/timeline.js";
import { scenarioShareOf } from "../plan/share.js";
import type { LoadProgress } from "../run/progress.js";
import { mergeProgress } from "../run/progress.js";
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

interface SharedRunOptions {
  /** At least one. Each gets an equal share. */
  readonly agents: readonly Agent[];
  readonly election: Election;
  /** The whole scenario, before it is shared. */
  readonly scenario: Scenario;
  readonly seed: number;
  readonly target?: RunRequest["target"];
  readonly giveUpAfterMs?: number;
  readonly drainWithinMs?: number;
  readonly clock: Clock;
  /** Called, shortly before the start, with when the first ballots are due by our clock. */
  readonly onStart?: (startAt: number) => void;
  /** Stops all agents; answers to what they have sent are still waited for. */
  readonly signal?: AbortSignal;
  /** Whether the progress has latencies. Without it they are empty until the end. */
  readonly withLatencies?: boolean;
  /** Called once a second with the progress of all agents together. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** How long before its start a run is ordered: time enough for the order to reach every agent. */
const leadMs = 250;
const lookEveryMs = 200;
/** Slower where latencies are asked for: packing them holds up an agent's sending. */
const lookWithLatenciesEveryMs = 1_000;
const progressEveryMs = 1_000;
/** An agent that has not answered for this long is given up, and the run with it. */
const lostAfterMs = 15_000;

/**
 * Does one run with several processes that take equal shares and begin together. A process that is
 * lost ends the run for all: the outcome has its share as one of which nothing is known.
 *
 * @throws VoteError before anything is sent, if one of them cannot take its share; `agent-lost` if
 *   every one is lost
 */
export async function runShared(options: SharedRunOptions): Promise<LoadOutcome> {
  const { agents, scenario } = options;
  const shares = agents.map(
    (agent, number) =>
      new AgentShare(agent, scenarioShareOf(scenario, number, agents.length), options),
  );
  try {
    const startAt = await startTogether(shares, options);
    await followAll(shares, options);
    const outcomes: LoadOutcome[] = [];
    // One after the other: an outcome of 10^8 ballots takes a hundred megabytes.
    for (const share of shares) outcomes.push(await share.collect(startAt));
    const lost = shares.filter(({ lost }) => lost !== undefined);
    if (lost.length < shares.length) return mergeOutcomes(outcomes);
    throw new VoteError("agent-lost", lost.map((share) => share.lostText()).join(" "), {
      hint: "What they sent is unknown: open another election, or allow others' ballots.",
    });
  } finally {
    await Promise.allSettled(shares.map(({ agent }) => agent.client.release()));
  }
}

/** @returns when the run starts, by our clock */
async function startTogether(
  shares: readonly AgentShare[],
  { clock, onStart }: SharedRunOptions,
): Promise<number> {
  await eachOf(shares, (share) => share.prepare());
  const askedAt = clock.now();
  for (const share of shares) await share.measureClock();
  // The orders take no longer than it took to ask for the clocks.
  const startAt = clock.wallClock() + leadMs + (clock.now() - askedAt);
  await eachOf(shares, (share) => share.start(startAt));
  onStart?.(startAt);
  return startAt;
}

/** Waits for all before it throws the first failure: whatever was opened can then be released. */
async function eachOf(
  shares: readonly AgentShare[],
  work: (share: AgentShare) => Promise<void>,
): Promise<void> {
  const done = await Promise.allSettled(shares.map(work));
  const failed = done.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Waits until each has finished or is lost. A signal, or the first loss, stops the others. */
async function followAll(shares: readonly AgentShare[], options: SharedRunOptions): Promise<void> {
  const { signal, onProgress, clock } = options;
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  stopping.signal.addEventListener("abort", () => {
    for (const { agent } of shares) void agent.client.stop().catch(() => {});
  });
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  let following = true;
  const reporting = (async () => {
    for (let reported = 0; following; await clock.sleep(lookEveryMs)) {
      const now = together(shares);
      if (now === undefined || now.elapsedMs - reported < progressEveryMs * 0.9) continue;
      reported = now.elapsedMs;
      onProgress?.(now);
    }
  })();
  try {
    await Promise.all(shares.map((share) => share.follow(stop)));
  } finally {
    following = false;
    await reporting;
    signal?.removeEventListener("abort", stop);
  }
  const last = together(shares);
  if (last !== undefined) onProgress?.(last);
}

/** The progress of all shares together, once each has reported its own. */
function together(shares: readonly AgentShare[]): LoadProgress | undefined {
  const known = shares.flatMap(({ progress }) => (progress === undefined ? [] : [progress]));
  return known.length < shares.length ? undefined : mergeProgress(known);
}

/** One agent's share of the run, and what is known of it. */
class AgentShare {
  readonly agent: Agent;
  readonly #scenario: Scenario;
  readonly #options: SharedRunOptions;
  #clock: ClockOffset = { offsetMs: 0, uncertaintyMs: 0 };
  progress: LoadProgress | undefined;
  /** Why the agent was lost, and when, by our clock. */
  lost: { readonly why: string; readonly at: number } | undefined;

  constructor(agent: Agent, scenario: Scenario, options: SharedRunOptions) {
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
        this.#lose(reasonOf(error));
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
        const { state, progress, problem, latencies } = await this.#look();
        answeredAt = clock.now();
        const packed = latencies && unpackLatencies(latencies);
        if (progress) this.progress = { ...progress, latencies: packed ?? emptyLatencies() };
        if (state === "finished") return undefined;
        if (state === "failed") return problem ?? "it failed";
      } catch (error) {
        const isGone =
          error instanceof VoteError && ["agent-lost", "not-found"].includes(error.code);
        if (isGone || clock.now() - answeredAt > lostAfterMs) return reasonOf(error);
      }
    }
    return undefined;
  }

  #look(): Promise<RunStatus> {
    return this.agent.client.status(this.#options.withLatencies);
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

function reasonOf(error: unknown): string {
  return messageOf(error);
}
