/**
 * Proves a run: every acknowledged ballot must be decided in the ledger, once and by the rules, and
 * account, ledger and view must agree. What does not becomes a finding.
 */
import type { LoadFinding } from "../../contracts/load/load-finding.js";
import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { alreadyVoted, electionClosed, rejectionsByName } from "../../core/formats/decision.js";
import { decodeSegment, type Segment } from "../../core/formats/segment.js";
import { createVoterTagger } from "../../core/voter/voter-tag.js";
import type { Ledger } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import type { View } from "../../view/port.js";
import { Bitmap } from "../measure/bitmap.js";
import type { LoadOutcome, StreamOutcome } from "../measure/outcome.js";
import { voterPrefixOf } from "../send/http/http-target.js";
import { compareView } from "./compare-view.js";
import { LoadFindings } from "./findings.js";
import { checkForged } from "./forged-check.js";
import { isWholeDecided, judgeMissing, reachesOf } from "./missing-ballots.js";
import { type CheckedStream, SegmentChecker } from "./segment-checker.js";
import {
  addTotals,
  type DecisionTotals,
  emptyTotals,
  type RunningTotals,
  sameTotals,
} from "./totals.js";

interface ReconcileOptions {
  readonly outcome: LoadOutcome;
  /** As it is after the run. */
  readonly election: Election;
  readonly log: Pick<LogReader, "end">;
  readonly ledger: Ledger;
  readonly view: View;
  /** Others may have voted too: their ballots are counted as foreign, not as invented. */
  readonly allowForeign?: boolean;
  /** By partition, how many segments there were before the run: they hold ballots of others. */
  readonly segmentsBefore?: readonly number[];
  /** Retries absorbed before the run. */
  readonly retriesAbsorbedBefore?: number;
  /** The secret that turns voter ids into tags. Without it, tags over HTTP are not checked. */
  readonly electionKey?: Uint8Array;
  /** Receives the findings. */
  readonly findings?: LoadFindings;
  /** Hears of each partition that was read, and of the ballots in it. */
  readonly onPartition?: (ballots: number) => void | Promise<void>;
}

export interface Reconciliation {
  /** This run's ballots in the ledger. */
  readonly counted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
  /** Acknowledged, and in no segment although the segments have passed its place. */
  readonly lost: number;
  /** Acknowledged, and behind the last segment: the tally has not come so far. */
  readonly undecided: number;
  /** Decided twice, or a second vote counted. */
  readonly double: number;
  /** In the ledger without being sent by this run, unless others are allowed. */
  readonly invented: number;
  /** Acknowledged, and rejected as `election-closed`. */
  readonly closedOut: number;
  /** Ballots of others, when allowed. */
  readonly foreign: number;
  /** What the generator's account demands, with the ballots of others where they are allowed. */
  readonly generator: DecisionTotals;
  readonly ledger: DecisionTotals;
  readonly view: DecisionTotals;
  readonly agreement: {
    readonly generator: boolean;
    readonly view: boolean;
    readonly ledger: boolean;
  };
  /** The first of each kind. */
  readonly findings: readonly LoadFinding[];
  readonly findingCount: number;
}

/**
 * Compares the generator's own account with the ledger, ballot by ballot, and the ledger with the
 * view. It reads every segment once and holds two bits for each ballot, whatever the ledger's size.
 *
 * @throws VoteError `ledger-unavailable` or `view-unavailable`
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { outcome, election, ledger, view, allowForeign = false, segmentsBefore = [] } = options;
  const { findings = new LoadFindings(), electionKey } = options;
  const streams = outcome.streams.map((stream) =>
    checkedStream(stream, outcome, election, electionKey),
  );
  const { status, closesAt } = election;
  const rules = { allowForeign, segmentsBefore, closed: status !== "open", closesAt };
  const checker = new SegmentChecker(streams, election.candidates.length, findings, rules);
  const total = await walkLedger(election, ledger, checker, findings, options.onPartition);
  const reaches = await reachesOf(options, election, total.ends);
  const { unkept, foreign } = checker;
  const undecided = judgeMissing(outcome, election, streams, reaches, findings, unkept);
  unkept.settle(checker, findings, sentAgain(streams));
  outcome.streams.forEach((stream, number) => {
    checkForged(stream, streams[number], rules.closed, findings);
  });
  const generator = expectedTotals(streams, foreign, election.candidates.length);
  generator.rejections[alreadyVoted - 1] += unkept.repeated;
  const retriesAbsorbed = total.retriesAbsorbed - (options.retriesAbsorbedBefore ?? 0);
  const promised = streams.reduce((sum, { account }) => sum + account.retriesAcknowledged, 0);
  if (retriesAbsorbed + unkept.repeated < promised && reaches.every(isWholeDecided)) {
    const detail = `${promised} retries were acknowledged and ${retriesAbsorbed} absorbed`;
    findings.add("totals-differ", () => ({ detail }));
  }
  const agreement = {
    generator: sameTotals(generator, total) && findings.total === 0,
    view: true,
    ledger: sameTotals(checker.sum, total),
  };
  const shown = await compareView(view, election, total.ends, findings);
  agreement.view = shown.agrees;
  return {
    counted: sumOf(checker.own.counts),
    rejected: rejectionsByName(checker.own.rejections),
    retriesAbsorbed,
    lost: findings.count("lost"),
    undecided,
    double: findings.count("decided-twice") + findings.count("counted-twice"),
    invented: findings.count("invented"),
    closedOut: streams.reduce((sum, { closedOut }) => sum + closedOut, 0),
    foreign: sumOf(foreign.counts) + sumOf(foreign.rejections),
    generator,
    ledger: { counts: total.counts, rejections: total.rejections },
    view: shown.totals,
    agreement,
    findings: findings.kept,
    findingCount: findings.total,
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** How many times a ballot was sent after the first time. */
function sentAgain(streams: readonly CheckedStream[]): number {
  return streams.reduce((sum, { account }) => {
    const { resent, retriesSent, unknown } = account;
    return sum + resent + retriesSent + unknown;
  }, 0);
}

/** What the generator knows of one stream's ballots, with room for what the segments show. */
function checkedStream(
  { spec, account, schedule, journal, startedAt }: StreamOutcome,
  outcome: LoadOutcome,
  election: Election,
  electionKey: Uint8Array | undefined,
): CheckedStream {
  const overHttp = spec.via !== "log";
  const wallClock = (elapsedMs: number) => Math.round((startedAt ?? outcome.startedAt) + elapsedMs);
  const tagger = electionKey === undefined ? undefined : createVoterTagger(electionKey);
  const prefix = voterPrefixOf(outcome.seed, spec.name);
  return {
    name: spec.name,
    checksVoter: !overHttp || tagger !== undefined,
    ...(overHttp && tagger !== undefined
      ? { writeTag: (voter, target) => tagger.write(`${prefix}-${voter}`, target, 0) }
      : {}),
    timesOf(index, partition) {
      const place = journal.find(index, partition);
      const intendedAt = wallClock(schedule.timeOf(index));
      return place === undefined
        ? { intendedAt }
        : { intendedAt, acknowledgedAt: wallClock(place.acknowledgedAt) };
    },
    account,
    decided: new Bitmap(account.plan.total),
    countedVoters: new Bitmap(account.plan.total),
    rejectedOfBots: new Uint32Array(spec.bots),
    lateFirstVotes: new Float64Array(election.candidates.length),
    lateSecondVotes: 0,
    undecidedFirstVotes: new Float64Array(election.candidates.length),
    undecidedSecondVotes: 0,
    closedOut: 0,
  };
}

interface LedgerTotals extends DecisionTotals {
  readonly retriesAbsorbed: number;
  /** Each partition's last segment. */
  readonly ends: readonly (Segment | undefined)[];
}

/** Gives every segment to the checker, and adds up the totals at the chains' ends. */
export async function walkLedger(
  election: Election,
  ledger: Ledger,
  checker: Pick<SegmentChecker, "check" | "checkUnkept">,
  findings: LoadFindings,
  onPartition?: ReconcileOptions["onPartition"],
): Promise<LedgerTotals> {
  const totals = emptyTotals(election.candidates.length);
  const ends: (Segment | undefined)[] = [];
  let retriesAbsorbed = 0;
  for (let partition = 0; partition < election.partitions; partition++) {
    let sequence = 0;
    let afterSeal = false;
    let last: Segment | undefined;
    let ballots = 0;
    for await (const bytes of ledger.read(election.id, partition, 0)) {
      const place = { partition, sequence };
      const segment = decodeOrName(bytes, election.id, place, findings);
      if (segment === undefined) break;
      last = segment;
      if (last.sequence !== sequence) {
        const detail = `partition ${partition}: segment ${last.sequence} is in place ${sequence}`;
        findings.add("segment-missing", () => ({ detail, ...place }));
      }
      checker.check(last, afterSeal);
      ballots += last.ballotCount;
      afterSeal ||= last.sealed;
      // What follows a gap is in order again: one finding, not one for each segment.
      sequence = last.sequence + 1;
    }
    ends.push(last);
    addTotals(totals, last);
    if (last !== undefined) checker.checkUnkept(last);
    retriesAbsorbed += last?.retriesAbsorbed ?? 0;
    await onPartition?.(ballots);
  }
  return { ...totals, retriesAbsorbed, ends };
}

function decodeOrName(
  bytes: Uint8Array,
  election: string,
  place: { partition: number; sequence: number },
  findings: LoadFindings,
): Segment | undefined {
  const { partition, sequence } = place;
  try {
    return decodeSegment(
      bytes,
      `election ${election}, partition ${partition}, segment ${sequence}`,
    );
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    findings.add("segment-damaged", () => ({ detail: error.message, ...place }));
    return undefined;
  }
}

/** What must be in the ledger according to the generator's account. */
function expectedTotals(
  streams: readonly CheckedStream[],
  foreign: DecisionTotals,
  candidates: number,
): RunningTotals {
  const counts = Array.from({ length: candidates }, (_, index) => foreign.counts[index]);
  const rejections = Array.from(foreign.rejections);
  for (const stream of streams) {
    const { account, decided, lateFirstVotes, lateSecondVotes } = stream;
    for (let choice = 0; choice < candidates; choice++) {
      counts[choice] += account.firstVotes[choice] - lateFirstVotes[choice];
      counts[choice] -= stream.undecidedFirstVotes[choice];
      rejections[electionClosed - 1] += lateFirstVotes[choice];
    }
    rejections[alreadyVoted - 1] += account.secondVotesAcknowledged - lateSecondVotes;
    rejections[alreadyVoted - 1] -= stream.undecidedSecondVotes;
    rejections[electionClosed - 1] += lateSecondVotes;
    addUnknown(account, decided, counts, rejections);
  }
  return { counts, rejections };
}

/** A ballot without an answer may be decided or not. Both are right, so this follows the ledger. */
function addUnknown(
  account: CheckedStream["account"],
  decided: Bitmap,
  counts: number[],
  rejections: number[],
): void {
  if (account.unknown === 0) return;
  decided.forEachMissingFrom(account.acknowledgedBallots, (index) => {
    if (account.refusedBallots.has(index)) return;
    if (account.secondVotes.has(index)) rejections[alreadyVoted - 1]++;
    else counts[account.plan.choiceAt(account.plan.idsOf(Int32Array.of(index, 0, 0, 0)), 0)]++;
  });
}
