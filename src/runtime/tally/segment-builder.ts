import { ballotBytes } from "../core/formats/ballot.js";
import { unkeptRejection } from "../core/formats/decision.js";
import { type Frame, frameHeaderBytes } from "../core/formats/frame.js";
import {
  ballotsOffset,
  maxBallotsPerSegment,
  type SegmentHeader,
  sealSegment,
} from "../core/formats/segment.js";
import { maxSegmentBytes } from "../core/limits.js";

/**
 * Collects decided ballots for the next segment in log order, without those that get no decision
 * of their own (absorbed retries, and rejections that are not kept), right where the segment will
 * hold them. A partition's segments take turns with one buffer.
 */
export class SegmentBuilder {
  readonly #buffer = Buffer.allocUnsafeSlow(maxSegmentBytes);
  readonly #decisions: Uint8Array;
  readonly #offset: number;
  #count = 0;

  constructor(candidates: number) {
    this.#offset = ballotsOffset(candidates);
    this.#decisions = new Uint8Array(maxBallotsPerSegment(candidates));
  }

  /** Says whether so many more ballots fit into the segment. */
  fits(ballots: number): boolean {
    return this.#count + ballots <= this.#decisions.length;
  }

  /** Where the fold writes the next frame's decisions: right behind those collected so far. */
  room(ballots: number): Uint8Array {
    return this.#decisions.subarray(this.#count, this.#count + ballots);
  }

  /** Adds a frame whose decisions the fold has written to `room`. */
  take(frame: Frame, leftOut: number): void {
    const ballots = frame.bytes.subarray(frameHeaderBytes);
    let to = this.#offset + this.#count * ballotBytes;
    if (leftOut === 0) {
      this.#buffer.set(ballots, to);
      this.#count += frame.ballotCount;
      return;
    }
    const decisions = this.room(frame.ballotCount);
    // Copies the runs between them. Compacting the decisions in place never overtakes the read.
    let runStart = 0;
    for (let index = 0; index <= frame.ballotCount; index++) {
      if (index < frame.ballotCount && decisions[index] < unkeptRejection) continue;
      const run = index - runStart;
      this.#buffer.set(ballots.subarray(runStart * ballotBytes, index * ballotBytes), to);
      to += run * ballotBytes;
      this.#decisions.set(decisions.subarray(runStart, index), this.#count);
      this.#count += run;
      runStart = index + 1;
    }
  }

  /**
   * Seals what was collected and starts over.
   *
   * @returns the segment, valid until the next `take`
   */
  finish(header: SegmentHeader): Buffer {
    const decisions = this.#decisions.subarray(0, this.#count);
    this.#count = 0;
    return sealSegment(this.#buffer, header, decisions);
  }
}
