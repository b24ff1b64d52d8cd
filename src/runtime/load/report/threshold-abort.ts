import type { AbortedBy } from "../../contracts/load/load-record.js";
import type { Operator } from "../../contracts/load/scenario-thresholds.js";
import type { LoadProgress } from "../run/progress.js";
import { boundOf, holds, isTrend, type Threshold } from "../scenario/threshold.js";
import { checkThresholds, type Measures } from "./threshold-check.js";

/** The first seconds say little: connections are being opened, and code is being compiled. */
const warmUpMs = 3_000;

/**
 * Checks a run's thresholds while it goes on, and stops it once one is breached. Thresholds that
 * only the end can judge are left to it: lost and double ballots, and those that may yet hold.
 */
export class ThresholdAbort {
  readonly #thresholds: readonly Threshold[];
  readonly #controller = new AbortController();
  #by: AbortedBy | undefined;
  #dueBefore = 0;

  constructor(thresholds: readonly Threshold[]) {
    this.#thresholds = thresholds;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get by(): AbortedBy | undefined {
    return this.#by;
  }

  /** Called once a second with the run's progress. */
  look(progress: LoadProgress): void {
    const { elapsedMs, durationMs, due } = progress;
    // After the sending there is nothing left to abort.
    if (this.#by !== undefined || elapsedMs >= durationMs) return;
    const outcomes = checkThresholds(this.#thresholds, measuresOf(progress));
    const index = this.#thresholds.findIndex((threshold, at) => {
      const { measured } = outcomes[at];
      return measured !== null && this.#isBreached(threshold, measured, progress);
    });
    this.#dueBefore = due;
    if (index === -1) return;
    this.#by = { ...outcomes[index], atMs: Math.round(elapsedMs) };
    this.#controller.abort();
  }

  #isBreached(threshold: Threshold, measured: number, { elapsedMs }: LoadProgress): boolean {
    const { metric, method, operator } = threshold;
    const bound = boundOf(threshold);
    if (metric === "ballots" || method === "count") return hasOutgrown(operator, measured, bound);
    if (elapsedMs < warmUpMs || holds(operator, measured, bound)) return false;
    if (isTrend(metric) || !operator.startsWith(">")) return true;
    // The schedule may be slow, and an answer may take its second: neither is a breach.
    return measured < (this.#dueBefore * 1_000) / elapsedMs;
  }
}

/** A count only grows: some bounds are broken for good, others can still be reached. */
function hasOutgrown(operator: Operator, measured: number, bound: number): boolean {
  if (operator === "==") return measured > bound;
  return operator.startsWith("<") && !holds(operator, measured, bound);
}

function measuresOf(progress: LoadProgress): Measures {
  const { elapsedMs, sent, acknowledged, refused, unknown, latencies } = progress;
  const rateOf = (count: number) => ({ count, rate: (count * 1_000) / Math.max(1, elapsedMs) });
  return {
    latencies,
    rates: { votes: rateOf(sent), accepted: rateOf(acknowledged) },
    ballots: { refused, unknown },
  };
}
