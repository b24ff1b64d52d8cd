import { ballotBytes } from "../core/ballot.js";
import { absorbedRetry } from "../core/decision.js";
import { type Frame, frameHeaderBytes } from "../core/frame.js";
import { encodeSegment, maxBallotsPerSegment, type SegmentHeader } from "../core/segment.js";

/** Gathers decided ballots for the next segment, in log order, without the absorbed retries. */
export class SegmentBuilder {
  readonly #ballots: Buffer;
  readonly #decisions: Uint8Array;
  #count = 0;

  constructor(candidates: number) {
    const capacity = maxBallotsPerSegment(candidates);
    this.#ballots = Buffer.allocUnsafeSlow(capacity * ballotBytes);
    this.#decisions = new Uint8Array(capacity);
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
    if (retries === 0) {
      this.#ballots.set(ballots, this.#count * ballotBytes);
      this.#count += frame.ballotCount;
      return;
    }
    const decisions = this.room(frame.ballotCount);
    for (let index = 0; index < frame.ballotCount; index++) {
      const decision = decisions[index];
      if (decision === absorbedRetry) continue;
      const from = index * ballotBytes;
      ballots.copy(this.#ballots, this.#count * ballotBytes, from, from + ballotBytes);
      // Never ahead of the one being read, so compacting in place is safe.
      this.#decisions[this.#count++] = decision;
    }
  }

  /** Encodes what was gathered and starts anew. */
  finish(header: SegmentHeader): Buffer {
    const ballots = this.#ballots.subarray(0, this.#count * ballotBytes);
    const decisions = this.#decisions.subarray(0, this.#count);
    this.#count = 0;
    return encodeSegment(header, ballots, decisions);
  }
}
