import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChaosReport } from "../contracts/chaos/chaos-report.js";
import { type FaultProgress, liveThrough } from "./election.js";
import { faultOrder } from "./plan.js";
import { Stage } from "./scene/stage.js";
import { addElection } from "./totals.js";

/** How much chaos, and who hears of it. */
export interface ChaosOptions {
  /** Where to start: a new report, or the one of an earlier run. */
  readonly from: ChaosReport;
  /** Begins no further fault after this. Default: no limit. */
  readonly withinMs?: number;
  /** Ends it after the fault under way; what has happened is still checked. */
  readonly signal?: AbortSignal;
  /** Hears of slow steps, one sentence each. */
  readonly onStep: (what: string) => void;
  /** Hears of each fault before it happens. */
  readonly onFault: (progress: FaultProgress) => void;
  /** Gets the report whenever an election has been checked. */
  readonly onReport: (report: ChaosReport) => Promise<void>;
}

/** The beginning of a run. */
export function newReport(
  options: Pick<ChaosReport, "seed" | "faults"> & { readonly kinds: readonly string[] },
): ChaosReport {
  const none = { done: 0, elections: 0, seconds: 0, totals: [], broken: [] };
  return { chaos: 1, ...options, ...none };
}

/** One election's share: its end is checked, and then the report says so. */
const faultsInAnElection = 30;

/**
 * Lets real elections meet faults, over real servers that it starts and ends: three brokers,
 * DynamoDB Local and Redis, each behind a proxy of ours, with roles as processes. Ends early when a
 * promise is broken.
 *
 * @throws VoteError as `startServices` does, and `not-running` if a server does not come back
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { from, withinMs = Number.POSITIVE_INFINITY, signal, onStep, onReport } = options;
  const { seed, kinds, faults } = from;
  const order = faultOrder(seed, kinds, faults);
  if (from.done >= faults || from.broken.length > 0) return from;
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  const isOver = () => signal?.aborted === true || elapsedMs() >= withinMs;
  const directory = await mkdtemp(join(tmpdir(), "vote-chaos-"));
  let report = from;
  let isWhole = false;
  let stage: Stage | undefined;
  try {
    onStep("Starting three Kafka brokers, DynamoDB Local and Redis");
    stage = await Stage.start({ dir: join(directory, "services"), seed, onStep });
    while (report.done < faults && report.broken.length === 0 && !isOver()) {
      const { done, elections } = report;
      const lived = await liveThrough({
        ...{ stage, directory, seed, isOver, onStep },
        name: `chaos-${elections + 1}`,
        order: order.slice(done, done + faultsInAnElection),
        first: done,
        onFault: (progress) => options.onFault(progress),
      });
      report = {
        ...report,
        done: done + lived.injected.length,
        elections: elections + 1,
        seconds: from.seconds + Math.round(elapsedMs() / 1_000),
        totals: addElection(report.totals, lived.injected, lived.account),
        broken: lived.problems,
        ...(lived.problems.length === 0 ? {} : { logs: directory }),
      };
      await onReport(report);
    }
    isWhole = report.broken.length === 0;
    return report;
  } finally {
    await stage?.stop();
    if (isWhole) await rm(directory, { recursive: true, maxRetries: 5, retryDelay: 100 });
    else if (stage !== undefined) onStep(`What servers and roles said is in ${directory}`);
  }
}
