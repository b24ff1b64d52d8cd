import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import {
  ballotIdOf,
  ballotWords,
  choiceOf,
  receivedAtOf,
  tagWord,
  wordsOf,
} from "../../core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  decisionNames,
  electionClosed,
  keptRejections,
  reasonCount,
  rejectionReasons,
  unknownCandidate,
  wrongPartition,
} from "../../core/formats/decision.js";
import { decodeSegment, type Segment } from "../../core/formats/segment.js";
import { partitionOf } from "../../core/voter/partition.js";
import type { LedgerReader } from "../../ledger/port.js";
import { describePlace, type FindingPlace, type Findings } from "../findings/report.js";
import { BallotSorter } from "./ballot-sorter.js";
import { type Chain, emptyChain, readChain } from "./chain.js";
import { PartitionTotals } from "./partition-totals.js";

export interface PartitionCheck {
  readonly chain: Chain;
  readonly totals: PartitionTotals;
}

/** Verifies and recounts one partition from its segments alone. */
export async function checkPartition(
  ledger: LedgerReader,
  election: Election,
  partition: number,
  findings: Findings,
): Promise<PartitionCheck> {
  const chain = emptyChain();
  const check = new PartitionChecker(
    election,
    partition,
    await expectedBallots(ledger, election.id, partition),
    findings,
  );
  for await (const segment of readChain(ledger, election, partition, findings, chain)) {
    check.take(segment, chain.seal !== undefined && chain.seal.sequence < segment.sequence);
  }
  check.judgeVoters();
  return { chain, totals: check.totals };
}

/** Reads the chain's last totals: only a hint for memory, nothing is concluded from it. */
async function expectedBallots(ledger: LedgerReader, election: string, partition: number) {
  const bytes = await ledger.last(election, partition);
  if (bytes === undefined) return 0;
  try {
    const last = decodeSegment(bytes, describePlace(election, { partition }));
    const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
    return sum(last.counts) + sum(last.rejections);
  } catch (error) {
    // Damaged: `readChain` meets it again and reports it with its place.
    if (error instanceof VoteError) return 0;
    throw error;
  }
}

class PartitionChecker {
  readonly totals: PartitionTotals;
  readonly #sorter: BallotSorter;
  /** What the previous segments' totals claimed beyond what their ballots make. */
  readonly #claimed: PartitionTotals;
  /** Index of each segment's first ballot, to name places later. */
  readonly #starts: number[] = [];
  /** What the last segment says of rejections that are not kept. */
  #unkept: ArrayLike<number> = new Float64Array(reasonCount);
  /** The first segment that has any. */
  #unkeptSince: number | undefined;

  constructor(
    readonly election: Election,
    readonly partition: number,
    expected: number,
    readonly findings: Findings,
  ) {
    this.totals = new PartitionTotals(election.candidates.length);
    this.#claimed = new PartitionTotals(election.candidates.length);
    this.#sorter = new BallotSorter(expected);
  }

  /** Checks a segment's ballots one by one, and its totals. */
  take(segment: Segment, afterSeal: boolean): void {
    const { partitions, candidates, openedAt = 0, closesAt = Infinity } = this.election;
    const { totals, partition } = this;
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    const decisions = segment.decisions;
    const outside: number[] = [];
    this.#starts.push(this.#sorter.length);
    for (let index = 0, at = 0; index < decisions.length; index++, at += ballotWords) {
      const decision = decisions[index];
      const choice = choiceOf(words, at);
      totals.add(decision, choice);
      const owner = partitionOf(words[at + tagWord], partitions);
      if (!afterSeal && (owner !== partition) !== (decision === wrongPartition)) {
        this.#report("wrong-partition", segment, index, `its voter belongs to partition ${owner}`);
      }
      const receivedAt = receivedAtOf(words, at);
      if (afterSeal) totals.rejectedInTime += receivedAt < closesAt ? 1 : 0;
      else if (receivedAt < openedAt || receivedAt >= closesAt) outside.push(index);
      const wrong = afterSeal
        ? decision !== electionClosed
        : decision === wrongPartition
          ? false
          : choice < candidates.length
            ? decision > alreadyVoted
            : decision !== unknownCandidate;
      if (wrong) this.#reportDecision(segment, index, decision, choice, afterSeal);
    }
    if (outside.length > 0) this.#reportHours(segment, words, outside);
    this.#sorter.reserve(decisions.length);
    this.#sorter.addAll(words, decisions);
    this.#verifyTotals(segment);
  }

  /**
   * Checks each voter's ballots together: one counted, the first counted, each decided once, and no
   * more rejected ones kept than are allowed; others are not kept only where so many are.
   */
  judgeVoters(): void {
    const sorter = this.#sorter;
    let someFull = false;
    sorter.forEachVoter((from, to) => {
      if (to - from >= keptRejections) someFull = this.#judgeKept(from, to) || someFull;
      let countedEntry = -1;
      for (let entry = from; entry < to; entry++) {
        const decision = sorter.noteAt(entry);
        if (to - from > 1 && sorter.isRepeat(from, entry)) {
          const what = "this chain has already decided this ballot";
          this.findings.add("ballot-decided-twice", this.#placeOf(sorter.indexAt(entry)), what);
        }
        if (decision === counted) {
          if (countedEntry !== -1) this.#reportTwice(entry, countedEntry);
          else countedEntry = entry;
        } else if (decision === alreadyVoted && countedEntry === -1) {
          const what = "rejected as already voted, but no earlier ballot of this voter is counted";
          this.findings.add("voter-not-counted", this.#placeOf(sorter.indexAt(entry)), what);
        }
      }
    });
    if (this.#unkeptSince === undefined || someFull) return;
    const place = { partition: this.partition, sequence: this.#unkeptSince };
    const what = `rejected ballots are not kept, but no voter has ${keptRejections} that are`;
    this.findings.add("wrong-totals", place, what);
  }

  /** @returns whether the voter has as many rejected ballots as are kept */
  #judgeKept(from: number, to: number): boolean {
    let kept = 0;
    for (let entry = from; entry < to; entry++) {
      if (this.#sorter.noteAt(entry) === counted || ++kept !== keptRejections + 1) continue;
      const what = `more than ${keptRejections} rejected ballots of one voter are kept`;
      this.findings.add("wrong-decision", this.#placeOf(this.#sorter.indexAt(entry)), what);
    }
    return kept >= keptRejections;
  }

  #reportTwice(entry: number, countedEntry: number): void {
    const first = this.#placeOf(this.#sorter.indexAt(countedEntry));
    const what = `the voter is already counted: segment ${first.sequence}, ballot ${first.index}`;
    this.findings.add("voter-counted-twice", this.#placeOf(this.#sorter.indexAt(entry)), what);
  }

  #reportDecision(
    segment: Segment,
    index: number,
    decision: number,
    choice: number,
    afterSeal: boolean,
  ): void {
    const name = decisionNames[decision] ?? `decision ${decision}`;
    const what = afterSeal
      ? `${name} after the seal`
      : `${name} with choice ${choice} of ${this.election.candidates.length}, before the seal`;
    this.#report("wrong-decision", segment, index, what);
  }

  /** Reports the first of a segment's ballots: a wrong clock would be told of by each of them. */
  #reportHours(segment: Segment, words: Int32Array, [first, ...more]: readonly number[]): void {
    const { openedAt = 0, closesAt } = this.election;
    const time = (ms: number) => new Date(ms).toISOString();
    const until = closesAt === undefined ? "" : ` to before ${time(closesAt)}`;
    const others = more.length === 0 ? "" : ` (and ${more.length} more of this segment)`;
    const what =
      `received at ${time(receivedAtOf(words, first * ballotWords))}${others}, but ballots are ` +
      `taken from ${time(openedAt)}${until}`;
    this.#report("outside-hours", segment, first, what);
  }

  #report(
    kind: "wrong-decision" | "wrong-partition" | "outside-hours",
    segment: Segment,
    index: number,
    what: string,
  ): void {
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    const ballotId = ballotIdOf(words, index * ballotWords);
    const { partition } = this;
    this.findings.add(kind, { partition, sequence: segment.sequence, index, ballotId }, what);
  }

  /** Reports a wrong total once, not again in every segment that builds on it. */
  #verifyTotals(segment: Segment): void {
    const place = { partition: this.partition, sequence: segment.sequence };
    this.#takeUnkept(segment, place);
    const compare = (derived: Float64Array, base: Float64Array, stated: ArrayLike<number>) =>
      derived.forEach((count, index) => {
        const expected = count + base[index];
        if (stated[index] === expected) return;
        const name =
          derived === this.totals.counts
            ? `votes for ${this.election.candidates[index].id}`
            : `ballots rejected as ${rejectionReasons[index]}`;
        const what = `${stated[index]} ${name} so far, but the ballots make ${expected}`;
        this.findings.add("wrong-totals", place, what);
        base[index] += stated[index] - expected;
      });
    compare(this.totals.counts, this.#claimed.counts, segment.counts);
    compare(this.totals.rejections, this.#claimed.rejections, segment.rejections);
  }

  /** Takes over what only the segment can say, after a check that it has not become less. */
  #takeUnkept({ unkept }: Segment, place: FindingPlace): void {
    for (let reason = 0; reason < reasonCount; reason++) {
      const more = unkept[reason] - this.#unkept[reason];
      this.totals.rejections[reason] += more;
      this.totals.ballots += more;
      if (more > 0) this.#unkeptSince ??= place.sequence;
      if (more >= 0) continue;
      const name = rejectionReasons[reason];
      const what = `${unkept[reason]} ballots ${name} without being kept so far, ${-more} fewer`;
      this.findings.add("wrong-totals", place, `${what} than before`);
    }
    this.#unkept = unkept;
  }

  /** Finds the segment of this partition's ballot number `ballot`. */
  #placeOf(ballot: number): FindingPlace {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= ballot) low = middle;
      else high = middle - 1;
    }
    const ballotId = this.#sorter.ballotIdOf(ballot);
    const { partition } = this;
    return { partition, sequence: low, index: ballot - this.#starts[low], ballotId };
  }
}
