import type { GeneratorFacts } from "../../contracts/generator-facts.js";
import type { HostFacts } from "../../contracts/host-facts.js";
import type {
  AbortedBy,
  FaultRecord,
  LoadRecord,
  SearchRecord,
  ThresholdOutcome,
} from "../../contracts/load-record.js";
import type { Election } from "../../core/election.js";
import type { LoadOutcome, StreamOutcome } from "../measure/outcome.js";
import type { Reconciliation } from "../reconcile/reconcile.js";
import type { Scenario } from "../scenario/scenario.js";
import { checkThresholds } from "./threshold-check.js";
import { invalidReasons } from "./validity.js";

/** What started a run, so that it can be started again. */
export interface RunOrigin {
  /** Of vote. */
  readonly version: string;
  /** As it was typed, with the seed. */
  readonly command: string;
}

export interface RecordInput {
  readonly election: Election;
  readonly engine: string;
  readonly scenario: Scenario;
  readonly outcome: LoadOutcome;
  readonly reconciliation: Reconciliation;
  /** The recount found nothing wrong, and its figures are the ledger's. */
  readonly recountAgrees: boolean;
  readonly abortedBy?: AbortedBy;
  readonly origin?: RunOrigin;
  /** Of a search for the highest rate, what the trials before the outcome's sent. */
  readonly earlier?: readonly StreamOutcome[];
  readonly search?: SearchRecord;
  /** Where all findings stand. */
  readonly findingsFile?: string;
  /** What was done to the system. */
  readonly faults?: readonly FaultRecord[];
  readonly host: HostFacts;
}

export function buildRecord(input: RecordInput): LoadRecord {
  const { election, engine, scenario, outcome, reconciliation, recountAgrees, host, abortedBy } =
    input;
  const figures = generatorFigures(outcome, scenario, input.earlier ?? []);
  const { acknowledge, acknowledgeRaw, visible, scheduleLag } = outcome.latencies;
  const latencyMs = {
    acknowledge: acknowledge.summary(),
    acknowledgeRaw: acknowledgeRaw.summary(),
    visible: visible.summary(),
  };
  const agreement = { ...reconciliation.agreement, recount: recountAgrees };
  const thresholds = checkedThresholds(input, figures);
  const reasons = invalidReasons(outcome, sentBy(outcome), host);
  const reconciled =
    Object.values(agreement).every(Boolean) &&
    reconciliation.findingCount === 0 &&
    figures.unknown === 0 &&
    outcome.drained;
  const allPassed = thresholds.every(({ passed }) => passed);
  return {
    election: election.id,
    engine,
    scenario: scenario.name,
    seed: outcome.seed,
    startedAt: outcome.startedAt,
    ...input.origin,
    sendingMs: Math.round(outcome.sendingMs),
    durationMs: Math.round(outcome.durationMs),
    ...figures,
    counted: reconciliation.counted,
    rejected: reconciliation.rejected,
    retriesAbsorbed: reconciliation.retriesAbsorbed,
    lost: reconciliation.lost,
    double: reconciliation.double,
    invented: reconciliation.invented,
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

/** The one that ended the run counts as breached, whatever came afterwards. */
function checkedThresholds(
  { scenario, outcome, reconciliation, abortedBy }: RecordInput,
  figures: ReturnType<typeof generatorFigures>,
): ThresholdOutcome[] {
  const outcomes = checkThresholds(scenario.thresholds, {
    latencies: outcome.latencies,
    rates: {
      votes: { count: figures.sent, rate: figures.sentPerSecond },
      accepted: { count: figures.acknowledged, rate: figures.acceptedPerSecond },
    },
    ballots: { ...reconciliation, ...figures },
  });
  return outcomes.map((one) => {
    const ended = one.metric === abortedBy?.metric && one.expression === abortedBy.expression;
    return ended ? { ...one, passed: false } : one;
  });
}

/** A generator's own judgement counts beside ours. */
function generatorPassed({ failure, report }: GeneratorFacts): boolean {
  return failure === undefined && (report?.thresholds ?? []).every(({ passed }) => passed);
}

function sentBy({ streams }: LoadOutcome): number {
  return streams.reduce((sum, { account }) => sum + account.sent, 0);
}

function generatorFigures(
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
  // The last ballot is due a little before the end: a rate over less than the plan would flatter.
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
