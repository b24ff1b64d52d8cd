import type { GeneratorFacts } from "../../contracts/load/generator-facts.js";
import type { LoadRecord, ThresholdOutcome } from "../../contracts/load/load-record.js";
import type { Election } from "../../core/election.js";
import type { LoadOutcome, StreamOutcome } from "../measure/outcome.js";
import type { Reconciliation } from "../reconcile/reconcile.js";
import type { Scenario } from "../scenario/scenario.js";
import { checkThresholds } from "./threshold-check.js";
import { invalidReasons } from "./validity.js";

/** What started a run, so that it can be started again: vote's version and the command typed. */
export type RunOrigin = Required<Pick<LoadRecord, "version" | "command">>;

/** What a record is made from. */
interface RecordInput
  extends Pick<LoadRecord, "engine" | "host" | "abortedBy" | "search" | "findingsFile" | "faults"> {
  readonly election: Election;
  readonly scenario: Scenario;
  readonly outcome: LoadOutcome;
  readonly reconciliation: Reconciliation;
  /** The recount found nothing wrong, and its totals are the ledger's. */
  readonly recountAgrees: boolean;
  readonly origin?: RunOrigin;
  /** The streams of a search's earlier trials. */
  readonly earlier?: readonly StreamOutcome[];
}

/** Puts a run's outcome and its reconciliation together, and judges them. */
export function buildRecord(input: RecordInput): LoadRecord {
  const { election, engine, scenario, outcome, reconciliation, recountAgrees, host, abortedBy } =
    input;
  const totals = sendingTotals(outcome, scenario, input.earlier ?? []);
  const { acknowledge, acknowledgeRaw, visible, scheduleLag } = outcome.latencies;
  const latencyMs = {
    acknowledge: acknowledge.summary(),
    acknowledgeRaw: acknowledgeRaw.summary(),
    visible: visible.summary(),
  };
  const agreement = { ...reconciliation.agreement, recount: recountAgrees };
  const thresholds = checkedThresholds(input, totals);
  const reasons = invalidReasons(outcome, sentBy(outcome), host, (input.faults ?? []).length > 0);
  // Nobody knows what a lost process sent. A ballot without an answer may be decided or not, and
  // is held against the ledger like any other.
  const known = [...(input.earlier ?? []), ...outcome.streams].every(
    ({ lost }) => lost === undefined,
  );
  const reconciled =
    Object.values(agreement).every(Boolean) &&
    reconciliation.findingCount === 0 &&
    known &&
    outcome.drained;
  const allPassed = thresholds.every(({ passed }) => passed) && totals.unknown === 0;
  return {
    election: election.id,
    engine,
    scenario: scenario.name,
    seed: outcome.seed,
    startedAt: outcome.startedAt,
    ...input.origin,
    sendingMs: Math.round(outcome.sendingMs),
    durationMs: Math.round(outcome.durationMs),
    ...totals,
    counted: reconciliation.counted,
    rejected: reconciliation.rejected,
    retriesAbsorbed: reconciliation.retriesAbsorbed,
    lost: reconciliation.lost,
    undecided: reconciliation.undecided,
    double: reconciliation.double,
    invented: reconciliation.invented,
    closedOut: reconciliation.closedOut,
    foreign: reconciliation.foreign,
    latencyMs,
    scheduleLagMs: scheduleLag.summary(),
    generator: outcome.generator,
    timeline: { everyMs: outcome.timeline.everyMs, rows: outcome.timeline.rows() },
    agreement,
    result: election.candidates.map(({ id }, index) => ({
      candidate: id,
      votes: reconciliation.ledger.counts[index],
    })),
    findings: reconciliation.findings,
    findingCount: reconciliation.findingCount,
    ...(input.findingsFile === undefined ? {} : { findingsFile: input.findingsFile }),
    drained: outcome.drained,
    interrupted: outcome.interrupted,
    valid: reasons.length === 0,
    invalidReasons: reasons,
    thresholds,
    ...(abortedBy === undefined ? {} : { abortedBy }),
    ...(input.search === undefined ? {} : { search: input.search }),
    ...(scenario.faults.length === 0 ? {} : { faults: input.faults ?? [] }),
    reconciled,
    verdict: reconciled && allPassed && generatorPassed(outcome.generator) ? "pass" : "fail",
    host,
  };
}

/** The threshold that ended the run counts as breached, whatever came afterwards. */
function checkedThresholds(
  { scenario, outcome, reconciliation, abortedBy }: RecordInput,
  totals: ReturnType<typeof sendingTotals>,
): ThresholdOutcome[] {
  const outcomes = checkThresholds(scenario.thresholds, {
    latencies: outcome.latencies,
    rates: {
      votes: { count: totals.sent, rate: totals.sentPerSecond },
      accepted: { count: totals.acknowledged, rate: totals.acceptedPerSecond },
    },
    ballots: { ...reconciliation, ...totals },
  });
  return outcomes.map((one) => {
    const ended = one.metric === abortedBy?.metric && one.expression === abortedBy.expression;
    return ended ? { ...one, passed: false } : one;
  });
}

/** An external generator's own verdict counts too. */
function generatorPassed({ failure, report }: GeneratorFacts): boolean {
  return failure === undefined && (report?.thresholds ?? []).every(({ passed }) => passed);
}

function sentBy({ streams }: LoadOutcome): number {
  return streams.reduce((sum, { account }) => sum + account.sent, 0);
}

/** What the generator sent and what was answered, over all its streams. */
function sendingTotals(
  outcome: LoadOutcome,
  scenario: Scenario,
  earlier: readonly StreamOutcome[],
) {
  const accounts = [...earlier, ...outcome.streams].map(({ account }) => account);
  const sum = (of: (account: (typeof accounts)[number]) => number) =>
    accounts.reduce((total, account) => total + of(account), 0);
  const refusals: Record<string, number> = {};
  for (const account of accounts) {
    for (const [code, count] of account.refusals) refusals[code] = (refusals[code] ?? 0) + count;
  }
  const sent = sum((account) => account.sent);
  // The last ballot is due a little before the end: a rate over less than that would flatter.
  const plannedMs = outcome.interrupted ? 1 : scenario.durationSeconds * 1_000;
  const rateOf = ({ account, lastSentMs }: StreamOutcome, what: "sent" | "acknowledged") =>
    (account[what] / Math.max(lastSentMs, plannedMs)) * 1_000;
  const rate = (what: "sent" | "acknowledged") =>
    Math.round(outcome.streams.reduce((total, stream) => total + rateOf(stream, what), 0));
  return {
    targetPerSecond: scenario.streams.reduce((total, spec) => total + spec.votesPerSecond, 0),
    sentPerSecond: rate("sent"),
    acceptedPerSecond: rate("acknowledged"),
    sent,
    acknowledged: sum((account) => account.acknowledged),
    refused: sum((account) => account.refused),
    refusals,
    unknown: sum((account) => account.unknown),
    unsent: outcome.unsent,
    retriesSent: sum((account) => account.retriesSent),
    resent: sum((account) => account.resent),
    streams: outcome.streams.map((stream) => ({
      name: stream.spec.name,
      via: stream.spec.via,
      targetPerSecond: stream.spec.votesPerSecond,
      sentPerSecond: Math.round(rateOf(stream, "sent")),
      sent: stream.account.sent,
      acknowledged: stream.account.acknowledged,
      refused: stream.account.refused,
    })),
  };
}
