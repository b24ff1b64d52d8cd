import { ballotBytes } from "../core/formats/ballot.js";
import { absorbedRetry } from "../core/formats/decision.js";
import { type Frame, frameHeaderBytes } from "../core/formats/frame.js";
import {
  ballotsOffset,
  maxBallotsPerSegment,
  type SegmentHeader,
  sealSegment,
} from "../core/formats/segment.js";
import { maxSegmentBytes } from "../core/limits.js";

/**
 * Gathers decided ballots for the next segment, in log order, without the absorbed retries, right
 * where the segment will hold them. One buffer serves all segments of a partition in turn.
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

  fits(ballots: number): boolean {
    return this.#count + ballots <= this.#decisions.length;
  }

  /** Where the fold writes the next frame's decisions: right behind those gathered so far. */
  room(ballots: number): Uint8Array {
    return this.#decisions.subarray(this.#count, this.#count + ballots);
  }

  /** Takes over a frame whose decisions stand in `room`. */
  take(frame: Frame, retries: number): void {
    const ballots = frame.bytes.subarray(frameHeaderBytes);
    let to = this.#offset + this.#count * ballotBytes;
    if (retries === 0) {
      this.#buffer.set(ballots, to);
      this.#count += frame.ballotCount;
      return;
    }
    const decisions = this.room(frame.ballotCount);
    // Copies the runs between retries. Decisions are compacted in place, never ahead of the read.
    let runStart = 0;
    for (let index = 0; index <= frame.ballotCount; index++) {
      if (index < frame.ballotCount && decisions[index] !== absorbedRetry) continue;
      const run = index - runStart;
      this.#buffer.set(ballots.subarray(runStart * ballotBytes, index * ballotBytes), to);
      to += run * ballotBytes;
      this.#decisions.set(decisions.subarray(runStart, index), this.#count);
      this.#count += run;
      runStart = index + 1;
    }
  }

  /**
   * Seals what was gathered and starts anew.
   *
   * @returns the segment; its bytes are valid until the next `take`
   */
  finish(header: SegmentHeader): Buffer {
    const decisions = this.#decisions.subarray(0, this.#count);
    this.#count = 0;
    return sealSegment(this.#buffer, header, decisions);
  }
}
