import type { HostFacts } from "../../contracts/load/host-facts.js";
import { formatCount, formatPercent } from "../../text/numbers.js";
import type { LoadOutcome } from "../measure/outcome.js";

/** Beyond these bounds the generator, not the system, was the limit. */
const maxUnsentShare = 0.001;
const maxScheduleLagP99Ms = 100;
const maxBusyShare = 0.95;
/** The share of the host's cores that the generator may take: the system has the rest. */
const maxCpuShare = 0.95;

/**
 * Why a run is not a valid measurement of the system, a sentence each; empty when it is. The worst
 * process decides for the whole generator.
 *
 * @param sent    different ballots that were sent
 * @param faulted roles or servers were killed or frozen meanwhile: what was late or could not be
 *                sent then says nothing about the generator
 * @param host    where the generator ran
 */
export function invalidReasons(
  outcome: Pick<LoadOutcome, "unsent" | "durationMs" | "generator"> & {
    readonly latencies: Pick<LoadOutcome["latencies"], "scheduleLag">;
  },
  sent: number,
  { cores }: Pick<HostFacts, "cores">,
  faulted = false,
): string[] {
  const { unsent, durationMs, generator } = outcome;
  const reasons: string[] = [];
  const lags = generator.each.map(({ scheduleLagP99Ms }) => scheduleLagP99Ms);
  const lagMs = Math.max(outcome.latencies.scheduleLag.percentile(99), ...lags);
  if (lagMs > maxScheduleLagP99Ms && !faulted) {
    reasons.push(
      `The generator was ${formatCount(Math.round(lagMs))} ms behind its schedule at p99 ` +
        `(at most ${maxScheduleLagP99Ms} ms).`,
    );
  }
  if (unsent > (sent + unsent) * maxUnsentShare && !faulted) {
    reasons.push(
      `${formatPercent(unsent / (sent + unsent), 2)} of the ballots due were never sent ` +
        `(at most ${formatPercent(maxUnsentShare, 1)}).`,
    );
  }
  if (generator.busyShare > maxBusyShare) {
    reasons.push(
      `The generator was busy ${formatPercent(generator.busyShare, 0)} of the time ` +
        `(at most ${formatPercent(maxBusyShare, 0)}).`,
    );
  }
  const usedCores = cpuSecondsHere(generator) / Math.max(0.001, durationMs / 1_000);
  if (usedCores > cores * maxCpuShare) {
    reasons.push(
      `The generator took ${usedCores.toFixed(1)} of the host's ${cores} cores for itself.`,
    );
  }
  return reasons;
}

/** CPU time on this host: agents take the cores of their own. */
function cpuSecondsHere({ cpuSeconds, each }: LoadOutcome["generator"]): number {
  const agents = each.filter(({ clockUncertaintyMs }) => clockUncertaintyMs !== undefined);
  return agents.reduce((left, agent) => left - agent.cpuSeconds, cpuSeconds);
}

/** How to make the next run a valid measurement. */
export const validityAdvice =
  "Use more --processes, a lower --rps, or a cheaper way in (--via log or http-batch).";
