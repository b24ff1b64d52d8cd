import type { SearchRecord, SearchTrial } from "../../contracts/load/load-record.js";
import { VoteError } from "../../core/errors.js";
import type { LoadOutcome, StreamOutcome } from "../../load/measure/outcome.js";
import { RateSearch } from "../../load/report/rate-search.js";
import type { Scenario } from "../../load/scenario/scenario.js";
import { type GenerateOptions, generate } from "./load-processes.js";
import { judgeTrial, trialScenario } from "./search-trial.js";

export interface SearchOptions {
  /** The first rate tried. */
  readonly startPerSecond: number;
  readonly onTrial?: (trial: SearchTrial) => void;
}

export interface SearchOutcome {
  /** The last trial's, which confirmed the rate if one was found. */
  readonly outcome: LoadOutcome;
  readonly scenario: Scenario;
  /** What earlier trials sent, which is reconciled as well. */
  readonly earlier: readonly StreamOutcome[];
  readonly search: SearchRecord;
}

const resolution = 0.03;
const maxTrials = 30;
const minPerSecond = 10;
const maxPerSecond = 10_000_000;

/**
 * Searches for the highest rate that holds the scenario's thresholds, in trials on one election.
 * Each trial has its own streams, and so its own voters and ballots.
 *
 * @throws VoteError `invalid-usage` for a scenario with faults, and what `generate` throws
 */
export async function searchMaximum(
  options: GenerateOptions,
  { startPerSecond, onTrial }: SearchOptions,
): Promise<SearchOutcome> {
  if (options.scenario.faults.length > 0) {
    throw new VoteError("invalid-usage", "A search for the highest rate cannot have faults.", {
      hint: "Name a scenario without faults, or a rate.",
    });
  }
  const search = new RateSearch({
    ...{ startPerSecond, minPerSecond, maxPerSecond, resolution, maxTrials },
  });
  const trials: SearchTrial[] = [];
  const earlier: StreamOutcome[] = [];
  for (let last: Omit<SearchOutcome, "earlier" | "search"> | undefined; ; ) {
    const rate = last?.outcome.interrupted ? undefined : search.next();
    if (rate === undefined && last !== undefined) {
      return { ...last, earlier, search: recordOf(trials, search.found) };
    }
    if (last !== undefined) earlier.push(...datedStreams(last.outcome));
    const perSecond = rate ?? startPerSecond;
    const scenario = trialScenario(options.scenario, perSecond, trials.length + 1);
    const outcome = await generate({ ...options, scenario });
    const trial = judgeTrial(outcome, scenario, perSecond);
    search.tell(perSecond, trial.held);
    trials.push(trial);
    onTrial?.(trial);
    last = { outcome, scenario };
  }
}

function recordOf(trials: readonly SearchTrial[], found: number | undefined): SearchRecord {
  const failed = trials.filter(({ held }) => !held);
  const lowest = failed.reduce<SearchTrial | undefined>(
    (low, trial) => (low === undefined || trial.votesPerSecond < low.votesPerSecond ? trial : low),
    undefined,
  );
  const limit = lowest === undefined ? "bounds" : lowest.valid ? "system" : "generator";
  return { trials, found: found ?? null, limit };
}

/** Streams that carry their own start, as trials start at different times. */
function datedStreams({ streams, startedAt }: LoadOutcome): StreamOutcome[] {
  return streams.map((stream) => ({ ...stream, startedAt }));
}
