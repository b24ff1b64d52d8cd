import { ballotWords, choiceOf, tagWord, wordsOf } from "../formats/ballot.js";
import {
  absorbedRetry,
  alreadyVoted,
  counted,
  electionClosed,
  reasonCount,
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
  /** Each rejected ballot, so that its retry is not rejected a second time. */
  readonly rejectedBallots: DedupTable;
  /** By candidate index. */
  readonly counts: Float64Array;
  /** In the order of `rejectionReasons`. */
  readonly rejections: Float64Array;
  retriesAbsorbed: number;
  /** The close marker has been folded. */
  sealed: boolean;
}

/** Makes the state before the first frame of one of `partitions` partitions. */
export function emptyTally(candidates: number, partition: number, partitions: number): TallyState {
  return {
    candidates,
    partition,
    partitions,
    voters: new DedupTable(),
    rejectedBallots: new DedupTable(),
    counts: new Float64Array(candidates),
    rejections: new Float64Array(reasonCount),
    retriesAbsorbed: 0,
    sealed: false,
  };
}

/**
 * Decides a frame's ballots in order. A voter's first valid ballot before the close marker counts;
 * the same ballot again is a retry and changes nothing; every other ballot is rejected.
 *
 * @param decisions receives one byte a ballot: a decision, or `absorbedRetry`
 * @returns the number of retries
 */
export function foldFrame(state: TallyState, frame: Frame, decisions: Uint8Array): number {
  if (frame.kind === closeFrame) {
    state.sealed = true;
    return 0;
  }
  const words = wordsOf(frame.bytes, frameHeaderBytes, frame.ballotCount);
  let retries = 0;
  state.voters.prefetch(words, 0, frame.ballotCount);
  for (let index = 0, at = 0; index < frame.ballotCount; index++, at += ballotWords) {
    const decision = decide(state, words, at);
    decisions[index] = decision;
    if (decision === absorbedRetry) retries++;
  }
  state.retriesAbsorbed += retries;
  return retries;
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
  if (!state.rejectedBallots.addBallot(words, at)) return absorbedRetry;
  state.rejections[reason - 1]++;
  return reason;
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
    else state.rejectedBallots.addBallot(words, at);
  }
  state.counts.set(segment.counts);
  state.rejections.set(segment.rejections);
  state.retriesAbsorbed = segment.retriesAbsorbed;
  if (segment.sealed) state.sealed = true;
}
