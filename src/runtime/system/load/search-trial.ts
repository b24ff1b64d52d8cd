import type { SearchTrial } from "../../contracts/load/load-record.js";
import { scaled } from "../../load/arrivals/arrivals.js";
import type { LoadOutcome } from "../../load/measure/outcome.js";
import { checkThresholds } from "../../load/report/threshold-check.js";
import { invalidReasons } from "../../load/report/validity.js";
import { checkScenario, type Scenario, withArrivals } from "../../load/scenario/scenario.js";
import { hostFacts } from "../../telemetry/host.js";

/** The share of the ballots due that may stay unsent in a trial that holds. */
const maxUnsentShare = 0.001;

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
