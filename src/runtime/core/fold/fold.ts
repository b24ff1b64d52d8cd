import { ballotWords, choiceOf, tagWord, wordsOf } from "../formats/ballot.js";
import {
  absorbedRetry,
  alreadyVoted,
  counted,
  electionClosed,
  keptRejections,
  reasonCount,
  unkeptRejection,
  unknownCandidate,
  wrongPartition,
} from "../formats/decision.js";
import { closeFrame, type Frame, frameHeaderBytes } from "../formats/frame.js";
import type { Segment } from "../formats/segment.js";
import { partitionOf } from "../voter/partition.js";
import { DedupTable, sameBallot, unseen } from "./dedup-table.js";

/**
 * The tally's state for one partition: a pure function of the frames folded so far. Only
 * `foldFrame` and `restoreSegment` change it, in place, because 5 million voters cannot be copied.
 */
export interface TallyState {
  readonly candidates: number;
  readonly partition: number;
  /** How many partitions the election has. */
  readonly partitions: number;
  /** Each counted voter with the id of the counted ballot. */
  readonly voters: DedupTable;
  /** A voter's first rejected ballots, so that their retries are not rejected a second time. */
  readonly rejectedBallots: DedupTable;
  /** By candidate index. */
  readonly counts: Float64Array;
  /** In the order of `rejectionReasons`. */
  readonly rejections: Float64Array;
  /** Those of `rejections` that are counted without being kept, in the same order. */
  readonly unkept: Float64Array;
  retriesAbsorbed: number;
  /** The close marker has been folded. */
  sealed: boolean;
}

/** The tables of a tally's state. */
export type TallyTables = Pick<TallyState, "voters" | "rejectedBallots">;

const emptyTables = (): TallyTables => ({
  voters: new DedupTable(),
  rejectedBallots: new DedupTable(),
});

/**
 * Makes the state before the first frame of one of `partitions` partitions.
 *
 * @param tables other than empty ones; the totals that go with them are to be restored
 */
export function emptyTally(
  candidates: number,
  partition: number,
  partitions: number,
  tables = emptyTables(),
): TallyState {
  return {
    candidates,
    partition,
    partitions,
    ...tables,
    counts: new Float64Array(candidates),
    rejections: new Float64Array(reasonCount),
    unkept: new Float64Array(reasonCount),
    retriesAbsorbed: 0,
    sealed: false,
  };
}

/**
 * Decides a frame's ballots in order. A voter's first valid ballot before the close marker counts;
 * the same ballot again is a retry and changes nothing; every other ballot is rejected. Only a
 * voter's first `keptRejections` rejected ballots are kept, so that no voter can fill the ledger.
 *
 * @param decisions receives one byte a ballot: a decision, `absorbedRetry` or `unkeptRejection`
 * @returns how many ballots got no decision of their own
 */
export function foldFrame(state: TallyState, frame: Frame, decisions: Uint8Array): number {
  if (frame.kind === closeFrame) {
    state.sealed = true;
    return 0;
  }
  const words = wordsOf(frame.bytes, frameHeaderBytes, frame.ballotCount);
  let retries = 0;
  let unkept = 0;
  state.voters.prefetch(words, 0, frame.ballotCount);
  for (let index = 0, at = 0; index < frame.ballotCount; index++, at += ballotWords) {
    const decision = decide(state, words, at);
    decisions[index] = decision;
    if (decision === absorbedRetry) retries++;
    else if (decision === unkeptRejection) unkept++;
  }
  state.retriesAbsorbed += retries;
  return retries + unkept;
}

function decide(state: TallyState, words: Int32Array, at: number): number {
  const choice = choiceOf(words, at);
  if (state.sealed || choice >= state.candidates) {
    if (state.voters.find(words, at) === sameBallot) return absorbedRetry;
    return reject(state, words, at, whyNever(state, words, at));
  }
  if (partitionOf(words[at + tagWord], state.partitions) !== state.partition) {
    return reject(state, words, at, wrongPartition);
  }
  // A ballot id rejected for its candidate stays rejected, whatever choice it comes with later.
  if (state.rejections[unknownCandidate - 1] > 0 && state.rejectedBallots.hasBallot(words, at)) {
    return absorbedRetry;
  }
  const seen = state.voters.add(words, at);
  if (seen === unseen) {
    state.counts[choice]++;
    return counted;
  }
  return seen === sameBallot ? absorbedRetry : reject(state, words, at, alreadyVoted);
}

/** Why a ballot after the close marker, or without a candidate, counts for nobody. */
function whyNever(state: TallyState, words: Int32Array, at: number): number {
  if (state.sealed) return electionClosed;
  const owner = partitionOf(words[at + tagWord], state.partitions);
  return owner === state.partition ? unknownCandidate : wrongPartition;
}

function reject(state: TallyState, words: Int32Array, at: number, reason: number): number {
  const seen = state.rejectedBallots.addBallot(words, at, keptRejections);
  if (seen === sameBallot) return absorbedRetry;
  state.rejections[reason - 1]++;
  if (seen === unseen) return reason;
  state.unkept[reason - 1]++;
  return unkeptRejection;
}

/**
 * Applies a committed segment's decisions to the state: the ledger is the state's changelog.
 * The caller has verified the chain.
 */
export function restoreSegment(state: TallyState, segment: Segment): void {
  const words = wordsOf(segment.ballots, 0, segment.ballotCount);
  state.voters.prefetch(words, 0, segment.ballotCount);
  for (let index = 0, at = 0; index < segment.ballotCount; index++, at += ballotWords) {
    if (segment.decisions[index] === counted) state.voters.add(words, at);
    else state.rejectedBallots.addBallot(words, at, keptRejections);
  }
  restoreTotals(state, segment);
}

/** Sets the totals as they are behind a segment, for a state whose tables are so already. */
export function restoreTotals(state: TallyState, segment: Segment): void {
  state.counts.set(segment.counts);
  state.rejections.set(segment.rejections);
  state.unkept.set(segment.unkept);
  state.retriesAbsorbed = segment.retriesAbsorbed;
  if (segment.sealed) state.sealed = true;
}
