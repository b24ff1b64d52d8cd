import type { ElectionStatus } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { CertifiedPartition, Refusal, VoidedPlace } from "../../core/formats/certificate.js";
import type { Definition } from "../../core/formats/definition.js";

/** What a recount can find wrong. Each kind names one disagreement, wherever it was found. */
export type FindingKind =
  | "corrupt-segment"
  | "wrong-place"
  | "wrong-definition"
  | "extra-chain"
  | "broken-chain"
  | "wrong-positions"
  | "wrong-totals"
  | "wrong-seal"
  | "wrong-partition"
  | "wrong-decision"
  | "wrong-refusal"
  | "outside-hours"
  | "voter-counted-twice"
  | "voter-not-counted"
  | "ballot-decided-twice"
  | "corrupt-frame"
  | "corrupt-log"
  | "log-differs"
  | "log-ahead"
  | "broken-trail"
  | "certificate-missing"
  | "certificate-differs";

/** Where something is wrong, as precisely as known. */
export interface FindingPlace {
  /** The change of the election's trail, from 1. */
  readonly change?: number;
  readonly partition?: number;
  /** The segment's place in the partition's chain. */
  readonly sequence?: number;
  /** The ballot's place in the segment, from 0. */
  readonly index?: number;
  /** Position in the log. */
  readonly position?: number;
  /** 32 hexadecimal digits. */
  readonly ballotId?: string;
}

interface Finding extends FindingPlace {
  readonly kind: FindingKind;
  readonly election: string;
  /** The place and what is wrong there, in one sentence. */
  readonly detail: string;
}

/** What a recount derived itself: nothing in it is copied from the ledger's own totals. */
export interface RecountReport {
  readonly election: string;
  /** What the election was when it opened. */
  readonly definition: Definition;
  readonly definitionHash: string;
  readonly status: ElectionStatus;
  readonly from: "ledger" | "log";
  readonly partitions: number;
  readonly segments: number;
  /** Decided ballots, counted or rejected. */
  readonly ballots: number;
  readonly counted: number;
  /** By reason; reasons without a rejection are left out. */
  readonly rejected: Readonly<Record<string, number>>;
  /**
   * Ballots rejected as `election-closed`, although they were received before the closing time.
   * They reached the log too late to be acknowledged, or else a clock was wrong.
   */
  readonly rejectedInTime: number;
  /** As the ledger states it; checked against the log when `from` is `log`. */
  readonly retriesAbsorbed: number;
  readonly result: readonly { readonly candidate: string; readonly votes: number }[];
  /** Records of the log that are passed over, up to the seals: the first 100 by partition. */
  readonly refused: readonly Refusal[];
  readonly refusedCount: number;
  /** Those behind the seals: they could not have changed anything. */
  readonly refusedLate: number;
  /** What admins have declared void, and why. */
  readonly voided: readonly VoidedPlace[];
  /** In partition order; one for each partition when `sealed`. */
  readonly seals: readonly CertifiedPartition[];
  /** SHA-256 over the seals' hashes in partition order; only when `sealed`. */
  readonly digest?: string;
  /** The hash of the newest change of the election's trail. */
  readonly trailHead: string;
  /** Ballots of the log that the ledger does not decide yet; only when `from` is `log`. */
  readonly behind?: number;
  /** The first `maxFindings`. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  /** Nothing was found wrong. */
  readonly agrees: boolean;
  /** Every partition's chain has its seal: the result is final. */
  readonly sealed: boolean;
}

const maxFindings = 100;

/** Counts everything that is wrong and keeps the first findings, so that memory stays bounded. */
export class Findings {
  readonly kept: Finding[] = [];
  count = 0;

  constructor(readonly election: string) {}

  /** @param what is wrong, in words that follow the place: "the hash does not match" */
  add(kind: FindingKind, place: FindingPlace, what: string): void {
    this.count++;
    if (this.kept.length >= maxFindings) return;
    const detail = `${describePlace(this.election, place)}: ${what}`;
    this.kept.push({ kind, election: this.election, ...place, detail });
  }

  /** Adds what was found elsewhere. */
  addAll(other: Findings): void {
    this.count += other.count;
    this.kept.push(...other.kept.slice(0, maxFindings - this.kept.length));
  }

  /** Runs a decoder; turns damage into a finding and undefined. */
  decoded<T>(kind: FindingKind, place: FindingPlace, decode: (place: string) => T): T | undefined {
    try {
      return decode(describePlace(this.election, place));
    } catch (error) {
      if (!(error instanceof VoteError)) throw error;
      // The decoder's message starts with the place, and so does a finding.
      const what = error.message.slice(error.message.indexOf(": ") + 2);
      this.add(kind, place, `${what}; reading ends here`);
      return undefined;
    }
  }
}

/** Puts a place into words: "election demo, partition 3, segment 17, ballot 5". */
export function describePlace(election: string, place: FindingPlace): string {
  const parts = [`election ${election}`];
  if (place.change !== undefined) parts.push(`change ${place.change}`);
  if (place.partition !== undefined) parts.push(`partition ${place.partition}`);
  if (place.sequence !== undefined) parts.push(`segment ${place.sequence}`);
  if (place.position !== undefined) parts.push(`position ${place.position}`);
  if (place.index !== undefined) parts.push(`ballot ${place.index}`);
  if (place.ballotId !== undefined) parts.push(`id ${place.ballotId}`);
  return parts.join(", ");
}
