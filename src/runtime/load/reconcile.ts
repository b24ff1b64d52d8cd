import { alreadyVoted, electionClosed, reasonCount, rejectionsByName } from "../core/decision.js";
import type { Election } from "../core/election.js";
import { partitionOf } from "../core/partition.js";
import { decodeSegment } from "../core/segment.js";
import type { Ledger } from "../ledger/port.js";
import type { View } from "../view/port.js";
import { Bitmap } from "./bitmap.js";
import { type LoadFinding, LoadFindings } from "./findings.js";
import type { LoadOutcome } from "./run-load.js";
import { type CheckedStream, SegmentChecker } from "./segment-checker.js";

export interface ReconcileOptions {
  readonly outcome: LoadOutcome;
  /** As it is now. */
  readonly election: Election;
  readonly ledger: Ledger;
  readonly view: View;
  /** The election has ballots of others too: count them apart instead of calling them invented. */
  readonly allowForeign?: boolean;
  /** What the ledger had absorbed before the run. */
  readonly retriesAbsorbedBefore?: number;
}

/** Figures of one source; equal figures agree. */
export interface Figures {
  /** By candidate index. */
  readonly counts: readonly number[];
  /** In the order of `rejectionReasons`. */
  readonly rejections: readonly number[];
}

export interface Reconciliation {
  /** This run's ballots in the ledger. */
  readonly counted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
  /** Acknowledged and not decided. */
  readonly lost: number;
  /** Decided twice, or a second vote counted. */
  readonly double: number;
  /** In the ledger and not of this run, unless others are allowed. */
  readonly invented: number;
  /** Ballots of others, when allowed. */
  readonly foreign: number;
  /** By the generator's own account, with the ballots of others where those are allowed. */
  readonly generator: Figures;
  readonly ledger: Figures;
  readonly view: Figures;
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
 * Holds the generator's own account against the ledger, ballot by ballot, and against the view.
 * Reads every segment once; memory is a bit a ballot, whatever the ledger's size.
 *
 * @throws VoteError `corrupt-segment`, `ledger-unavailable` or `view-unavailable`
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { outcome, election, ledger, view, allowForeign = false } = options;
  const findings = new LoadFindings();
  const streams = outcome.streams.map((stream) => ({
    name: stream.spec.name,
    checksVoter: stream.spec.via === "log",
    account: stream.account,
    decided: new Bitmap(stream.account.plan.total),
    countedVoters: new Bitmap(stream.account.plan.total),
    lateFirstVotes: new Float64Array(election.candidates.length),
    lateSecondVotes: 0,
  }));
  const rules = { allowForeign, closed: election.status !== "open" };
  const checker = new SegmentChecker(streams, election.candidates.length, findings, rules);
  const total = await walkLedger(election, ledger, checker, findings);
  nameLost(outcome, election, streams, findings);
  const generator = ownFigures(streams, checker.foreign, election.candidates.length);
  const shown = await viewFigures(view, election);
  const retriesAbsorbed = total.retriesAbsorbed - (options.retriesAbsorbedBefore ?? 0);
  const promised = streams.reduce((sum, { account }) => sum + account.retriesAcknowledged, 0);
  if (retriesAbsorbed < promised) {
    const detail = `${promised} retries were acknowledged and ${retriesAbsorbed} absorbed`;
    findings.add("totals-differ", () => ({ detail }));
  }
  const agreement = {
    generator: sameFigures(generator, total) && findings.total === 0,
    view: sameFigures(shown, total),
    ledger: sameFigures(checker.sum, total),
  };
  return {
    counted: checker.own.counts.reduce((sum, votes) => sum + votes, 0),
    rejected: rejectionsByName(checker.own.rejections),
    retriesAbsorbed,
    lost: findings.count("lost"),
    double: findings.count("decided-twice") + findings.count("counted-twice"),
    invented: findings.count("invented"),
    foreign: checker.foreign.ballots,
    generator,
    ledger: total,
    view: shown,
    agreement,
    findings: findings.kept,
    findingCount: findings.total,
  };
}

/** Gives every segment to the checker, and adds up what the chains' ends say. */
async function walkLedger(
  election: Election,
  ledger: Ledger,
  checker: SegmentChecker,
  findings: LoadFindings,
): Promise<Figures & { retriesAbsorbed: number }> {
  const counts = new Array<number>(election.candidates.length).fill(0);
  const rejections = new Array<number>(reasonCount).fill(0);
  let retriesAbsorbed = 0;
  for (let partition = 0; partition < election.partitions; partition++) {
    let sequence = 0;
    let last: ReturnType<typeof decodeSegment> | undefined;
    for await (const bytes of ledger.read(election.id, partition, 0)) {
      last = decodeSegment(
        bytes,
        `election ${election.id}, partition ${partition}, segment ${sequence}`,
      );
      if (last.sequence !== sequence) {
        const detail = `segment ${last.sequence} of partition ${partition} is in place ${sequence}`;
        findings.add("totals-differ", () => ({ detail, partition, sequence }));
      }
      checker.check(last);
      sequence++;
    }
    if (last === undefined) continue;
    addTo(counts, last.counts);
    addTo(rejections, last.rejections);
    retriesAbsorbed += last.retriesAbsorbed;
  }
  return { counts, rejections, retriesAbsorbed };
}

/** Acknowledged and not decided, with everything known about each of the first. */
function nameLost(
  outcome: LoadOutcome,
  election: Election,
  streams: readonly CheckedStream[],
  findings: LoadFindings,
): void {
  const wallClock = (elapsedMs: number) => Math.round(outcome.startedAt + elapsedMs);
  streams.forEach(({ name, account, decided, checksVoter }, number) => {
    const { schedule, sender } = outcome.streams[number];
    account.acknowledgedBallots.forEachMissingFrom(decided, (index) => {
      findings.add("lost", () => {
        const { plan } = account;
        const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
        const tag = plan.tagsOf(Int32Array.of(account.voterOf(index, ids, 0), 0, 0, 0))[0];
        const partition = checksVoter ? partitionOf(tag, election.partitions) : undefined;
        const place = sender.journal.find(index, partition);
        const ballotId = plan.idOf(index).toString("hex");
        const times = {
          intendedAt: wallClock(schedule.timeOf(index)),
          ...(place === undefined ? {} : { acknowledgedAt: wallClock(place.acknowledgedAt) }),
        };
        const at =
          place?.position === undefined
            ? ""
            : ` at partition ${place.partition}, position ${place.position}`;
        return {
          detail: `ballot ${ballotId} was acknowledged${at} and is in no segment`,
          ballotId,
          stream: name,
          index,
          partition: place?.partition ?? partition,
          position: place?.position,
          ...times,
        };
      });
    });
  });
}

/** What must be in the ledger, by the generator's own account. */
function ownFigures(
  streams: readonly CheckedStream[],
  foreign: Figures,
  candidates: number,
): Figures {
  const counts = Array.from({ length: candidates }, (_, index) => foreign.counts[index]);
  const rejections = Array.from(foreign.rejections);
  for (const { account, decided, lateFirstVotes, lateSecondVotes } of streams) {
    for (let choice = 0; choice < candidates; choice++) {
      counts[choice] += account.firstVotes[choice] - lateFirstVotes[choice];
      rejections[electionClosed - 1] += lateFirstVotes[choice];
    }
    rejections[alreadyVoted - 1] += account.secondVotesAcknowledged - lateSecondVotes;
    rejections[electionClosed - 1] += lateSecondVotes;
    addUnknown(account, decided, counts, rejections);
  }
  return { counts, rejections };
}

/** Ballots without an answer may have been decided or not: both are right, so follow the ledger. */
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

async function viewFigures(view: View, election: Election): Promise<Figures> {
  const counts = new Array<number>(election.candidates.length).fill(0);
  const rejections = new Array<number>(reasonCount).fill(0);
  for (const partition of (await view.get(election.id)).partitions) {
    addTo(counts, partition.counts);
    addTo(rejections, partition.rejections);
  }
  return { counts, rejections };
}

function addTo(sums: number[], values: ArrayLike<number>): void {
  for (let index = 0; index < sums.length; index++) sums[index] += values[index] ?? 0;
}

export function sameFigures(one: Figures, other: Figures): boolean {
  const same = (a: readonly number[], b: readonly number[]) =>
    a.length === b.length && a.every((value, index) => value === b[index]);
  return same(one.counts, other.counts) && same(one.rejections, other.rejections);
}
