import type { HostFacts } from "../../contracts/host-facts.js";
import type { LoadOutcome } from "../measure/outcome.js";

/** Beyond these the generator, not the system, was the limit, and the figures say little. */
const maxUnsentShare = 0.001;
const maxScheduleLagP99Ms = 100;
const maxBusyShare = 0.95;
/** Of the host's cores: what is left is what the system had. */
const maxCpuShare = 0.95;

/**
 * Why a run is no measurement of the system, a sentence each; none when it is one. The generator is
 * as good as the worst of its processes.
 *
 * @param sent different ballots that were sent
 * @param host where the generator ran
 */
export function invalidReasons(
  outcome: Pick<LoadOutcome, "unsent" | "durationMs" | "generator"> & {
    readonly latencies: Pick<LoadOutcome["latencies"], "scheduleLag">;
  },
  sent: number,
  { cores }: Pick<HostFacts, "cores">,
): string[] {
  const { unsent, durationMs, generator } = outcome;
  const reasons: string[] = [];
  const lags = generator.each.map(({ scheduleLagP99Ms }) => scheduleLagP99Ms);
  const lagMs = Math.max(outcome.latencies.scheduleLag.percentile(99), ...lags);
  if (lagMs > maxScheduleLagP99Ms) {
    reasons.push(
      `The generator was ${lagMs.toFixed(0)} ms behind its schedule at p99 ` +
        `(at most ${maxScheduleLagP99Ms} ms).`,
    );
  }
  if (unsent > (sent + unsent) * maxUnsentShare) {
    reasons.push(
      `${percent(unsent / (sent + unsent), 2)} of the ballots due were never sent ` +
        `(at most ${percent(maxUnsentShare, 1)}).`,
    );
  }
  if (generator.busyShare > maxBusyShare) {
    reasons.push(
      `The generator was busy ${percent(generator.busyShare, 0)} of the time ` +
        `(at most ${percent(maxBusyShare, 0)}).`,
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

/** Agents take the cores of their own hosts. */
function cpuSecondsHere({ cpuSeconds, each }: LoadOutcome["generator"]): number {
  const agents = each.filter(({ clockUncertaintyMs }) => clockUncertaintyMs !== undefined);
  return agents.reduce((left, agent) => left - agent.cpuSeconds, cpuSeconds);
}

/** What turns a run that is no measurement into one. */
export const validityAdvice =
  "Use more --processes, a lower --rps, or a cheaper way in (--via log or http-batch).";

function percent(share: number, digits: number): string {
  return `${(100 * share).toFixed(digits)} %`;
}
