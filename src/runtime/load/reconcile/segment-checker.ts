import type { LoadFinding, LoadFindingKind } from "../../contracts/load/load-finding.js";
import {
  ballotBytes,
  ballotIdOffset,
  ballotIdWord,
  ballotWords,
  choiceOf,
  idBytes,
  readBallot,
  receivedAtOf,
  tagOffset,
  tagWord,
  wordsOf,
} from "../../core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  decisionNames,
  electionClosed,
} from "../../core/formats/decision.js";
import type { Segment } from "../../core/formats/segment.js";
import type { Account } from "../measure/account.js";
import type { Bitmap } from "../measure/bitmap.js";
import { blockWords, isIndexBlock } from "../plan/ballot-plan.js";
import type { LoadFindings } from "./findings.js";
import { addTotals, emptyTotals, type RunningTotals } from "./totals.js";
import { UnkeptBallots } from "./unkept.js";

export interface CheckedStream {
  readonly name: string;
  /**
   * Writes the tag that a voter must have, 16 bytes, by the index of the voter's first ballot. Only
   * for a stream over HTTP, where the ingest makes the tags; otherwise the plan knows them.
   */
  readonly writeTag?: (voter: number, target: Buffer) => void;
  /** False over HTTP without the election's key: tags cannot be checked then. */
  readonly checksVoter: boolean;
  /** When a ballot was due and acknowledged, in milliseconds since the epoch. */
  readonly timesOf: (index: number, partition: number) => BallotTimes;
  readonly account: Account;
  /** Ballots found in a segment; filled by the checker. */
  readonly decided: Bitmap;
  /** Voters with a counted ballot, by their first ballot's index; filled by the checker. */
  readonly countedVoters: Bitmap;
  /** How many rejected ballots of each bot the segments have; filled by the checker. */
  readonly rejectedOfBots: Uint32Array;
  /** First votes behind the close marker, by candidate index; filled by the checker. */
  readonly lateFirstVotes: Float64Array;
  lateSecondVotes: number;
  /** Acknowledged, and not decided yet: first votes by candidate index, and second votes. */
  readonly undecidedFirstVotes: Float64Array;
  undecidedSecondVotes: number;
  /** Acknowledged, and rejected as `election-closed`. */
  closedOut: number;
}

type BallotTimes = Pick<LoadFinding, "intendedAt" | "acknowledgedAt">;

interface CheckRules {
  /** Others may have voted in the election too. */
  readonly allowForeign: boolean;
  /** By partition, how many segments there were before the run. */
  readonly segmentsBefore: readonly number[];
  /** The election was closed: ballots behind the close marker are rejected. */
  readonly closed: boolean;
  /** When it stopped taking ballots, in milliseconds since the epoch. */
  readonly closesAt?: number | undefined;
}

/** Ballots of a segment by their place in it: those that no stream has claimed yet. */
type Places = Int32Array;

/** Checks segments ballot by ballot against the accounts of the streams that sent them. */
export class SegmentChecker {
  readonly own: RunningTotals;
  readonly foreign: RunningTotals;
  /** Own, foreign and invented: the sum of all decisions. */
  readonly sum: RunningTotals;
  /** Those that stand in no segment. */
  readonly unkept = new UnkeptBallots();
  readonly #streams: readonly CheckedStream[];
  readonly #findings: LoadFindings;
  readonly #rules: CheckRules;
  readonly #tag = Buffer.alloc(idBytes);
  #afterSeal = false;

  constructor(
    streams: readonly CheckedStream[],
    candidates: number,
    findings: LoadFindings,
    rules: CheckRules,
  ) {
    this.#streams = streams;
    this.#findings = findings;
    this.#rules = rules;
    this.own = emptyTotals(candidates);
    this.foreign = emptyTotals(candidates);
    this.sum = emptyTotals(candidates);
  }

  /** @param afterSeal an earlier segment of the chain is sealed */
  check(segment: Segment, afterSeal: boolean): void {
    this.#afterSeal = afterSeal;
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    let places: Places = Int32Array.from({ length: segment.ballotCount }, (_, place) => place);
    for (const stream of this.#streams) {
      if (places.length === 0) break;
      places = this.#checkStream(stream, segment, words, places);
    }
    for (const place of places) this.#checkForeign(segment, words, place);
  }

  /** @returns the places of ballots that this stream did not send */
  #checkStream(stream: CheckedStream, segment: Segment, words: Int32Array, places: Places): Places {
    const { plan, sent } = stream.account;
    const ids = gather(words, places, ballotIdWord);
    const indexes = plan.indexesOf(ids);
    const byPlan = stream.checksVoter && stream.writeTag === undefined;
    const voters = byPlan ? plan.votersOf(gather(words, places, tagWord)) : undefined;
    const others = new Int32Array(places.length);
    let otherCount = 0;
    for (let k = 0, at = 0; k < places.length; k++, at += blockWords) {
      const index = indexes[at] >>> 0;
      if (!isIndexBlock(indexes, at) || index >= sent) others[otherCount++] = places[k];
      else this.#checkOwn(stream, segment, words, places[k], index, ids, at, voters);
    }
    return others.subarray(0, otherCount);
  }

  #checkOwn(
    stream: CheckedStream,
    segment: Segment,
    words: Int32Array,
    place: number,
    index: number,
    ids: Int32Array,
    at: number,
    voters: Int32Array | undefined,
  ): void {
    const { account, decided } = stream;
    const decision = segment.decisions[place];
    const choice = choiceOf(words, place * ballotWords);
    add(this.sum, decision, choice);
    add(this.own, decision, choice);
    const wrong = (kind: LoadFindingKind, what: string) =>
      this.#report(kind, segment, place, what, stream, index);
    const second = account.secondVotes.has(index);
    const voter = second ? account.voterOf(index, ids, at) : index;
    if (second && voter < stream.rejectedOfBots.length) stream.rejectedOfBots[voter]++;
    if (!decided.add(index)) wrong("decided-twice", "is in the ledger a second time");
    else if (decision === counted && !stream.countedVoters.add(voter)) {
      wrong("counted-twice", "was counted, as was another ballot of its voter");
    } else if (this.#afterSeal && decision !== electionClosed) {
      wrong("decided-after-close", `is ${named(decision)} after the seal`);
    } else if (decision === electionClosed && this.#rules.closed && this.#afterSeal) {
      if (second) stream.lateSecondVotes++;
      else stream.lateFirstVotes[choice]++;
      if (account.acknowledgedBallots.has(index)) {
        stream.closedOut++;
        const { closesAt = Number.POSITIVE_INFINITY } = this.#rules;
        if (receivedAtOf(words, place * ballotWords) < closesAt) {
          wrong("closed-out", "came in before the end, was acknowledged, and is election-closed");
        }
      }
    } else if (decision !== (second ? alreadyVoted : counted)) {
      wrong("wrong-decision", `is ${second ? "a second" : "a first"} vote: ${named(decision)}`);
    }
    if (choice !== account.plan.choiceAt(ids, at)) {
      wrong("wrong-choice", `has choice ${choice}, not ${account.plan.choiceAt(ids, at)}`);
    }
    if (account.refusedBallots.has(index)) {
      wrong("refused-but-decided", "was refused to the client and yet decided");
    }
    if (stream.checksVoter && !this.#hasTagOf(stream, voter, segment, place, voters, at)) {
      wrong("wrong-voter", "carries another voter tag than was sent");
    }
  }

  #hasTagOf(
    { writeTag }: CheckedStream,
    voter: number,
    { ballots }: Segment,
    place: number,
    voters: Int32Array | undefined,
    at: number,
  ): boolean {
    if (voters !== undefined) return isIndexBlock(voters, at) && voters[at] >>> 0 === voter;
    writeTag?.(voter, this.#tag);
    const from = place * ballotBytes + tagOffset;
    return this.#tag.compare(ballots, from, from + idBytes) === 0;
  }

  /** Takes a chain's rejected ballots that are in no segment. */
  checkUnkept(last: Segment): void {
    const { allowForeign, segmentsBefore } = this.#rules;
    const areForeign = allowForeign || (segmentsBefore[last.partition] ?? 0) > 0;
    addTotals(this.sum, { counts: [], rejections: last.unkept });
    this.unkept.addChain(last, areForeign);
  }

  #checkForeign(segment: Segment, words: Int32Array, place: number): void {
    const decision = segment.decisions[place];
    const choice = choiceOf(words, place * ballotWords);
    add(this.sum, decision, choice);
    const { allowForeign, segmentsBefore } = this.#rules;
    const wasThere = segment.sequence < (segmentsBefore[segment.partition] ?? 0);
    if (allowForeign || wasThere) add(this.foreign, decision, choice);
    else this.#report("invented", segment, place, "was sent by no stream of this run");
  }

  #report(
    kind: LoadFindingKind,
    segment: Segment,
    place: number,
    what: string,
    stream?: CheckedStream,
    index = 0,
  ): void {
    this.#findings.add(kind, () => {
      const from = place * ballotBytes + ballotIdOffset;
      const ballotId = segment.ballots.toString("hex", from, from + idBytes);
      const { partition, sequence } = segment;
      const where = `partition ${partition}, segment ${sequence}, ballot ${place}`;
      const detail = `${where} (id ${ballotId}) ${what}`;
      const { receivedAt } = readBallot(segment.ballots, place * ballotBytes);
      const found = { detail, ballotId, partition, sequence, receivedAt };
      if (stream === undefined) return found;
      return { ...found, stream: stream.name, index, ...stream.timesOf(index, partition) };
    });
  }
}

/** Four words of each of the ballots at these places, side by side. */
function gather(words: Int32Array, places: Places, word: number): Int32Array {
  const blocks = new Int32Array(places.length * blockWords);
  for (let k = 0, at = 0; k < places.length; k++, at += blockWords) {
    const from = places[k] * ballotWords + word;
    blocks[at] = words[from];
    blocks[at + 1] = words[from + 1];
    blocks[at + 2] = words[from + 2];
    blocks[at + 3] = words[from + 3];
  }
  return blocks;
}

function add(sum: RunningTotals, decision: number, choice: number): void {
  if (decision === counted) sum.counts[choice]++;
  else sum.rejections[decision - 1]++;
}

function named(decision: number): string {
  return decisionNames[decision] ?? `decision ${decision}`;
}
