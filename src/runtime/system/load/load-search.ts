import type { SearchRecord, SearchTrial } from "../../contracts/load-record.js";
import { VoteError } from "../../core/errors.js";
import { scaled } from "../../load/arrivals/arrivals.js";
import type { LoadOutcome, StreamOutcome } from "../../load/measure/outcome.js";
import { RateSearch } from "../../load/report/rate-search.js";
import { checkThresholds } from "../../load/report/threshold-check.js";
import { invalidReasons } from "../../load/report/validity.js";
import { checkScenario, type Scenario, withArrivals } from "../../load/scenario/scenario.js";
import { hostFacts } from "../../telemetry/host.js";
import { type GenerateOptions, generate } from "./load-processes.js";

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
/** The share of the ballots due that may stay unsent in a trial that holds. */
const maxUnsentShare = 0.001;

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

/** The scenario at another total rate, with ballots that no other trial has. */
export function trialScenario(scenario: Scenario, perSecond: number, number: number): Scenario {
  const peak = scenario.streams.reduce((sum, { peakPerSecond }) => sum + peakPerSecond, 0);
  const streams = scenario.streams.map((spec) => ({
    ...withArrivals(spec, scaled(spec.arrivals, perSecond / peak)),
    name: `${spec.name}.trial-${number}`,
  }));
  const trial = { ...scenario, streams, voters: undefined };
  checkScenario(trial, scenario.name);
  return trial;
}

/** Judges whether a trial held its thresholds, and whether it says anything about the system. */
export function judgeTrial(
  outcome: LoadOutcome,
  scenario: Scenario,
  perSecond: number,
): SearchTrial {
  const sum = (what: "sent" | "acknowledged" | "refused" | "unknown") =>
    outcome.streams.reduce((total, { account }) => total + account[what], 0);
  const sent = sum("sent");
  const seconds = Math.max(outcome.sendingMs / 1_000, scenario.durationSeconds);
  const rateOf = (count: number) => ({ count, rate: count / seconds });
  // Bounds of the rate itself apply to the rate that the search finds.
  const thresholds = scenario.thresholds.filter(
    ({ metric }) => metric !== "votes" && metric !== "accepted",
  );
  const breached = checkThresholds(thresholds, {
    latencies: outcome.latencies,
    rates: { votes: rateOf(sent), accepted: rateOf(sum("acknowledged")) },
    ballots: { refused: sum("refused"), unknown: sum("unknown") },
  }).filter(({ passed, measured }) => !passed && measured !== null);
  const why = breached.map(
    ({ metric, expression, measured }) => `${metric}: ${expression} was ${measured}`,
  );
  if (outcome.unsent > (sent + outcome.unsent) * maxUnsentShare) {
    why.push(`${outcome.unsent} ballots were due and not sent`);
  }
  if (sum("unknown") > 0) why.push(`${sum("unknown")} ballots had no answer`);
  if (!outcome.drained) why.push("the view did not reach the log's end in time");
  if (outcome.interrupted) why.push("it was interrupted");
  // Unsent ballots count against the system above; they say nothing against the generator.
  const invalid = invalidReasons({ ...outcome, unsent: 0 }, sent, hostFacts());
  const { acknowledge, visible } = outcome.latencies;
  return {
    votesPerSecond: perSecond,
    sentPerSecond: Math.round(sent / seconds),
    held: why.length === 0 && invalid.length === 0,
    valid: invalid.length === 0,
    why: [...why, ...invalid],
    acknowledgeP99Ms: acknowledge.summary().p99,
    visibleP99Ms: visible.summary().p99,
  };
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
