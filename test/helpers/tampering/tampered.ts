import type { Election } from "../../../src/runtime/core/election.js";
import type { Certificate } from "../../../src/runtime/core/formats/certificate.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../src/runtime/core/formats/segment.js";
import { changeHash, type ElectionChange } from "../../../src/runtime/core/trail.js";

/** The election that is tampered with, unless another is named. */
export const tamperedId = "demo";

/** Changes what is stored past every rule of the stores. */
export type Tampering = (data: Tampered) => unknown;

/** What is done, how, and how the recount names it. */
export type TamperingCase = readonly [what: string, tamper: Tampering, place: RegExp];

/**
 * The stores in the hands of whoever can write to them: each method changes what is stored past
 * every rule of the stores. What they hold is that of `sealedElection`.
 */
export abstract class Tampered {
  abstract segment(partition: number, sequence: number): Buffer;

  /** @param bytes without them, the segment is removed */
  abstract setSegment(
    partition: number,
    sequence: number,
    bytes?: Uint8Array,
    election?: string,
  ): void;

  abstract frame(partition: number, position: number): Buffer;

  /** @param bytes without them, the frame is removed */
  abstract setFrame(
    partition: number,
    position: number,
    bytes?: Uint8Array,
    election?: string,
  ): void;

  /** Where the log says that it ends. */
  abstract setEnd(partition: number, end: number, election?: string): void;

  abstract get record(): Election;

  abstract setRecord(record: object | undefined, election?: string): void;

  abstract get trail(): ElectionChange[];

  /** @param changes by number, from 1: gaps stay gaps */
  abstract setTrail(changes: ReadonlyMap<number, object>, election?: string): void;

  abstract get certificate(): Certificate;

  abstract setCertificate(certificate: object | undefined): void;

  /** Writes a chain anew, with hashes that fit, whatever `forge` has made of its segments. */
  rechain(partition: number, forge: (chain: Segment[]) => object[]): void {
    const chain: Segment[] = [];
    for (let sequence = 0; sequence < 4; sequence++) {
      chain.push(decodeSegment(this.segment(partition, sequence), "a segment"));
      this.setSegment(partition, sequence);
    }
    let previousHash: Uint8Array = firstPreviousHash;
    for (const [sequence, draft] of (forge(chain) as Segment[]).entries()) {
      const bytes = encodeSegment(
        { ...draft, sequence, previousHash },
        draft.ballots,
        draft.decisions,
      );
      this.setSegment(partition, sequence, bytes);
      previousHash = decodeSegment(bytes, "a segment").hash;
    }
  }

  /** Writes record and trail anew, with hashes that fit, whatever `forge` makes of each change. */
  rewriteTrail(forge: (election: Election) => Election, election = tamperedId): void {
    const changes = new Map<number, ElectionChange>();
    for (const change of this.trail) {
      const before = changes.get(changes.size);
      const previous = before === undefined ? "" : changeHash(before);
      changes.set(changes.size + 1, { ...change, election: forge(change.election), previous });
    }
    this.setTrail(changes, election);
    this.setRecord(changes.get(changes.size)?.election, election);
  }
}
