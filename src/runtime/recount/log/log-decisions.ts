import type { Election } from "../../core/election.js";
import { ballotWords, choiceOf, tagWord, wordsOf } from "../../core/formats/ballot.js";
import {
  absorbedRetry,
  alreadyVoted,
  counted,
  electionClosed,
  keptRejections,
  unknownCandidate,
  wrongPartition,
} from "../../core/formats/decision.js";
import { closeFrame, frameHeaderBytes } from "../../core/formats/frame.js";
import type { RefusalReason } from "../../core/formats/refusal.js";
import { partitionOf } from "../../core/voter/partition.js";
import type { LogReader } from "../../log/port.js";
import type { Findings } from "../findings/report.js";
import { BallotSorter } from "../ledger/ballot-sorter.js";
import { type Judge, readRecords } from "./log-frames.js";

export interface LogDecisions {
  /**
   * One for each ballot of the log, in log order: a decision, `absorbedRetry`, or `unkept` plus the
   * reason of a rejection that no segment keeps.
   */
  readonly decisions: Uint8Array;
  /** Position of the first close marker. */
  readonly closedAt: number | undefined;
  /** Reading ended before the log's end; a finding says where. */
  readonly damaged: boolean;
  /** By log position: why the record is passed over. */
  readonly refusals: ReadonlyMap<number, RefusalReason>;
}

/**
 * Derives by rule what has to become of every ballot in one partition of the log. A ballot is
 * decided at its first occurrence; repetitions change nothing. It is rejected after the close
 * marker, in a partition that is not its voter's, or without a candidate. Of the others a voter's
 * first is counted, the rest are rejected. Of a voter's rejected ballots the first 16 are kept; the
 * others are not, so that their repetitions cannot be known: each of these is rejected, too.
 *
 * @param expected how many ballots to allocate for; only a hint
 */
export async function decideFromLog(
  log: LogReader,
  election: Election,
  partition: number,
  expected: number,
  findings: Findings,
  judge: Judge,
): Promise<LogDecisions> {
  const sorter = new BallotSorter(expected);
  const before = findings.count;
  let closedAt: number | undefined;
  const refusals = new Map<number, RefusalReason>();
  for await (const record of readRecords(log, election, partition, findings, judge)) {
    const { position, frame, reason } = record;
    if (reason !== undefined) refusals.set(position, reason);
    if (frame === undefined || reason !== undefined) continue;
    if (frame.kind === closeFrame) {
      closedAt ??= position;
      continue;
    }
    const words = wordsOf(frame.bytes, frameHeaderBytes, frame.ballotCount);
    const notes = new Uint8Array(frame.ballotCount);
    for (let index = 0; index < notes.length; index++) {
      const choice = choiceOf(words, index * ballotWords);
      const owner = partitionOf(words[index * ballotWords + tagWord], election.partitions);
      if (closedAt !== undefined) notes[index] = electionClosed;
      else if (owner !== partition) notes[index] = wrongPartition;
      else if (choice >= election.candidates.length) notes[index] = unknownCandidate;
    }
    sorter.reserve(notes.length);
    sorter.addAll(words, notes);
  }
  return { decisions: decide(sorter), closedAt, damaged: findings.count > before, refusals };
}

/** Marks, added to its reason, a rejection that no segment keeps. */
export const unkept = 128;

/** Decides by voter. A ballot with note 0 is counted unless the voter's vote was counted before. */
function decide(sorter: BallotSorter): Uint8Array {
  const decisions = new Uint8Array(sorter.length);
  const known: number[] = [];
  sorter.forEachVoter((from, to) => {
    if (to - from === 1) {
      decisions[sorter.indexAt(from)] = sorter.noteAt(from);
      return;
    }
    known.length = 0;
    let voted = false;
    let kept = 0;
    for (let entry = from; entry < to; entry++) {
      const index = sorter.indexAt(entry);
      if (known.some((before) => sorter.haveSameId(before, entry))) {
        decisions[index] = absorbedRetry;
        continue;
      }
      const note = sorter.noteAt(entry);
      const decision = note === counted && voted ? alreadyVoted : note;
      const isKept = decision === counted || kept < keptRejections;
      decisions[index] = isKept ? decision : unkept + decision;
      if (isKept) known.push(entry);
      if (decision === counted) voted = true;
      else kept++;
    }
  });
  return decisions;
}
