/** Where a certifier has found something wrong, as far as it is known. */
export interface DisputedPlace {
  /** The change of the election's trail, from 1. */
  readonly change?: number;
  readonly partition?: number;
  /** The segment's place in the partition's chain. */
  readonly segment?: number;
  /** The ballot's place in the segment, from 0. */
  readonly ballot?: number;
  /** Position in the log. */
  readonly position?: number;
}

/**
 * Why a closed election's result is held: what a certifier has found that does not agree. Until
 * there is a certificate, the newest one stands.
 */
export interface Dispute extends DisputedPlace {
  readonly election: string;
  /** The election's revision that was recounted. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Who has stopped: "certifier". */
  readonly by: string;
  /** A kind of the recount's findings, `live-count`, or an error's code. */
  readonly finding: string;
  /** What is wrong, for operators. */
  readonly detail: string;
}
