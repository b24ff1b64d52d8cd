import { VoteError } from "../../core/errors.js";
import { type LoadOutcome, mergeOutcomes } from "../measure/outcome.js";
import { scenarioShareOf } from "../plan/share.js";
import type { LoadOptions } from "../run/options.js";
import { type LoadProgress, mergeProgress } from "../run/progress.js";
import type { Scenario } from "../scenario/scenario.js";
import { type Agent, AgentShare, lookEveryMs, type SharedRun } from "./agent-share.js";

interface SharedRunOptions extends SharedRun, Pick<LoadOptions, "signal" | "onProgress"> {
  /** At least one. Each gets an equal share. */
  readonly agents: readonly Agent[];
  /** The whole scenario, before it is shared. */
  readonly scenario: Scenario;
  /** Called, shortly before the start, with when the first ballots are due by our clock. */
  readonly onStart?: (startAt: number) => void;
}

/** How long before its start a run is ordered: time enough for the order to reach every agent. */
const leadMs = 250;
const progressEveryMs = 1_000;

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
