import { ballotIdOf, ballotWords, choiceOf, tagWord, wordsOf } from "../../core/formats/ballot.js";
import {
  absorbedRetry,
  decisionNames,
  reasonCount,
  rejectionReasons,
} from "../../core/formats/decision.js";
import { closeFrame, frameHeaderBytes } from "../../core/formats/frame.js";
import { firstLogDigest, nextLogDigest } from "../../core/formats/log-digest.js";
import type { RefusedRecord } from "../../core/formats/refusal.js";
import type { Segment } from "../../core/formats/segment.js";
import type { FindingPlace, Findings } from "../findings/report.js";
import { type LogDecisions, unkept } from "./log-decisions.js";
import type { JudgedRecord } from "./log-frames.js";

/** Compares one partition's segments, in their order, with the records that they were made from. */
export class LogComparison {
  readonly #derived: LogDecisions;
  readonly #records: AsyncGenerator<JudgedRecord>;
  readonly #partition: number;
  readonly #findings: Findings;
  #pending: JudgedRecord | undefined;
  /** How many ballots of the log have been compared, repetitions included. */
  #passed = 0;
  #retries = 0;
  /** Rejections without a place in the ledger, in the order of `rejectionReasons`. */
  readonly #unkept = new Array<number>(reasonCount).fill(0);
  #lastPosition = -1;
  #lastHash = firstLogDigest;
  #digest = firstLogDigest;
  #digestDiffers = false;

  constructor(
    derived: LogDecisions,
    records: AsyncGenerator<JudgedRecord>,
    partition: number,
    findings: Findings,
  ) {
    this.#derived = derived;
    this.#records = records;
    this.#partition = partition;
    this.#findings = findings;
  }

  /**
   * Compares one segment with the frames it covers.
   * @returns whether log and ledger are still in step, so that it makes sense to go on
   */
  async matches(segment: Segment): Promise<boolean> {
    const words = wordsOf(segment.ballots, 0, segment.ballotCount);
    let index = 0;
    let refused = 0;
    for (;;) {
      const next = await this.#next(segment.positionTo);
      if (next === undefined) break;
      const listed = segment.refused[refused];
      if (!this.#matchRefusal(next, segment, listed)) return false;
      if (next.reason !== undefined) {
        refused++;
        continue;
      }
      const after = this.#matchFrame(next, segment, words, index);
      if (after === undefined) return false;
      index = after;
    }
    if (index < segment.ballotCount) {
      // After a damaged frame, already reported, there is nothing left to compare with.
      if (this.#derived.damaged) return false;
      const what = `the log holds no such ballot before position ${segment.positionTo}`;
      this.#differs(this.#placeIn(segment, words, index), what);
      return false;
    }
    this.#verifyEnd(segment);
    return true;
  }

  /** Counts the ballots of the log after the last segment that still need a decision. */
  undecided(): number {
    let ballots = 0;
    for (const decision of this.#derived.decisions.subarray(this.#passed)) {
      if (decision !== absorbedRetry) ballots++;
    }
    return ballots;
  }

  /** Checks that the segment passes over this record exactly if it has to. */
  #matchRefusal(
    { position, reason, hash }: JudgedRecord,
    { sequence }: Segment,
    listed: RefusedRecord | undefined,
  ): boolean {
    const stated = listed?.position === position ? listed : undefined;
    const place = { partition: this.#partition, sequence, position };
    if (stated?.reason !== reason) {
      const inLedger = stated === undefined ? "decides it" : `passes it over as ${stated.reason}`;
      const byRule = reason === undefined ? "a frame to decide" : `to be passed over as ${reason}`;
      this.#findings.add("wrong-refusal", place, `the ledger ${inLedger}, but it is ${byRule}`);
      return false;
    }
    if (stated !== undefined && !hash.equals(stated.hash)) {
      this.#findings.add("wrong-refusal", place, "another record was passed over here");
      return false;
    }
    return true;
  }

  /** Takes the next record if it stands before the position. */
  async #next(before: number): Promise<JudgedRecord | undefined> {
    if (this.#pending === undefined) {
      const next = await this.#records.next();
      if (next.done) return undefined;
      this.#pending = next.value;
    }
    const record = this.#pending;
    if (record.position >= before) return undefined;
    this.#pending = undefined;
    this.#lastPosition = record.position;
    this.#lastHash = record.hash;
    this.#digest = nextLogDigest(this.#digest, this.#lastHash);
    return record;
  }

  /** @returns the index of the segment's next ballot; undefined when out of step */
  #matchFrame(
    { position, frame }: JudgedRecord,
    segment: Segment,
    ledger: Int32Array,
    from: number,
  ): number | undefined {
    if (frame === undefined || frame.kind === closeFrame) return from;
    const log = wordsOf(frame.bytes, frameHeaderBytes, frame.ballotCount);
    let index = from;
    for (let ballot = 0; ballot < frame.ballotCount; ballot++) {
      const decision = this.#derived.decisions[this.#passed++];
      if (decision === absorbedRetry) {
        this.#retries++;
        continue;
      }
      if (decision > unkept) {
        this.#unkept[decision - unkept - 1]++;
        continue;
      }
      const missing = index >= segment.ballotCount;
      if (
        missing ||
        !isSame(log, ballot * ballotWords, ledger, index * ballotWords, identityWords)
      ) {
        const id = ballotIdOf(log, ballot * ballotWords);
        const what = `the log has id ${id} instead, at position ${position}, ballot ${ballot}`;
        this.#differs(this.#placeIn(segment, ledger, index), what);
        return undefined;
      }
      this.#matchBallot(segment, ledger, index, log, ballot, decision);
      index++;
    }
    return index;
  }

  /** Checks the rest of two ballots of one identity, and that the decision is the derived one. */
  #matchBallot(
    segment: Segment,
    ledger: Int32Array,
    index: number,
    log: Int32Array,
    ballot: number,
    decision: number,
  ): void {
    const ledgerAt = index * ballotWords;
    const logAt = ballot * ballotWords;
    if (segment.decisions[index] !== decision) {
      const name = decisionNames[segment.decisions[index]] ?? segment.decisions[index];
      const what = `the ledger says ${name}, by the log it is ${decisionNames[decision]}`;
      this.#differs(this.#placeIn(segment, ledger, index), what);
    }
    if (choiceOf(ledger, ledgerAt) !== choiceOf(log, logAt)) {
      const what = `choice ${choiceOf(ledger, ledgerAt)}, in the log ${choiceOf(log, logAt)}`;
      this.#differs(this.#placeIn(segment, ledger, index), what);
    } else if (!isSame(log, logAt, ledger, ledgerAt, ballotWords)) {
      const what = "the time of receipt differs from the log's";
      this.#differs(this.#placeIn(segment, ledger, index), what);
    }
  }

  #verifyEnd(segment: Segment): void {
    const { sequence, positionFrom, positionTo, sealed, retriesAbsorbed } = segment;
    const place = { partition: this.#partition, sequence };
    if (retriesAbsorbed !== this.#retries) {
      const what = `${retriesAbsorbed} retries absorbed so far, by the log ${this.#retries}`;
      this.#differs(place, what);
      this.#retries = retriesAbsorbed;
    }
    this.#verifyDigest(segment);
    this.#verifyUnkept(segment);
    const { closedAt } = this.#derived;
    const closes = closedAt !== undefined && closedAt >= positionFrom && closedAt < positionTo;
    if (sealed && !closes) this.#differs(place, "sealed, but the log has no close marker here");
    if (closes && !sealed) this.#differs(place, `not sealed by the close marker at ${closedAt}`);
    if (closes && sealed && closedAt !== this.#lastPosition) {
      this.#differs(place, `continues after the close marker at log position ${closedAt}`);
    }
  }

  /** Reports another digest once: all later ones build on it. */
  #verifyDigest({ sequence, logDigest, lastRecordHash }: Segment): void {
    const same = this.#digest.equals(logDigest) && this.#lastHash.equals(lastRecordHash);
    if (same || this.#digestDiffers) return;
    this.#digestDiffers = true;
    const what = "made from other records: the log's digest up to here differs";
    this.#differs({ partition: this.#partition, sequence }, what);
  }

  #verifyUnkept({ sequence, unkept: stated }: Segment): void {
    this.#unkept.forEach((derived, reason) => {
      if (stated[reason] === derived) return;
      const said = `${stated[reason]} ballots ${rejectionReasons[reason]} so far`;
      const what = `${said} without being kept, by the log ${derived}`;
      this.#differs({ partition: this.#partition, sequence }, what);
      this.#unkept[reason] = stated[reason];
    });
  }

  #differs(place: FindingPlace, what: string): void {
    this.#findings.add("log-differs", place, what);
  }

  #placeIn(segment: Segment, words: Int32Array, index: number): FindingPlace {
    const place = { partition: this.#partition, sequence: segment.sequence, index };
    if (index >= segment.ballotCount) return place;
    return { ...place, ballotId: ballotIdOf(words, index * ballotWords) };
  }
}

/** A ballot's identity: the words of tag and ballot id. */
const identityWords = 8;

function isSame(a: Int32Array, aAt: number, b: Int32Array, bAt: number, words: number): boolean {
  for (let word = tagWord; word < words; word++) {
    if (a[aAt + word] !== b[bAt + word]) return false;
  }
  return true;
}
