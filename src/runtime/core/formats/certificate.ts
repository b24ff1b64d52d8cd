import { canonicalJson } from "./canonical-json.js";
import type { Definition } from "./definition.js";
import type { RefusalReason } from "./refusal.js";

// Types, not interfaces: canonical JSON takes what can have no other members.

/** The sealed segment that ends what can be counted of a partition. */
export type CertifiedPartition = {
  readonly partition: number;
  /** The sealed segment's place in the chain. */
  readonly sequence: number;
  /** Its SHA-256, which ends the chain of hashes, in hexadecimal. */
  readonly hash: string;
  /** The log position after the close marker. */
  readonly logEnd: number;
  /** SHA-256 over the log up to there, in hexadecimal: see the segment's log digest. */
  readonly logDigest: string;
};

/** A record of the log that is passed over. */
export type Refusal = {
  readonly partition: number;
  readonly position: number;
  readonly reason: RefusalReason;
  /** By which the log digest knows the record, in hexadecimal. */
  readonly hash: string;
};

/** A record that an admin has declared void, and why; the election's trail has the signature. */
export type VoidedPlace = {
  readonly partition: number;
  readonly position: number;
  readonly hash: string;
  readonly reason: string;
};

/** What a recount can derive again from ledger and log, field by field. */
export type CertifiedFigures = {
  readonly election: string;
  /** What the election was when it opened; the segments name its hash. */
  readonly definition: Definition;
  /** SHA-256 over the definition's canonical JSON, in hexadecimal. */
  readonly definitionHash: string;
  /** In the election's order of candidates. */
  readonly result: readonly { readonly candidate: string; readonly votes: number }[];
  readonly counted: number;
  /** By reason; reasons without a rejection are left out. Late ballots may follow. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Records that were passed over, up to the seals: the first 100 in log order by partition. */
  readonly refused: readonly Refusal[];
  /** How many there are. */
  readonly refusedCount: number;
  readonly voided: readonly VoidedPlace[];
  /** In order, one for each of the election's. */
  readonly partitions: readonly CertifiedPartition[];
  /** SHA-256 in hexadecimal over the hashes of `partitions` in order. */
  readonly digest: string;
};

/** The official result of one election: what a recount found, by whom and when, signed. */
export type Certificate = CertifiedFigures & {
  readonly version: 2;
  /** The hash of the change that closed the election: the newest one when this was issued. */
  readonly trailHead: string;
  /** What the recount verified: all there is. */
  readonly verified: readonly ["ledger", "log"];
  readonly verifiedBy: { readonly program: string; readonly version: string };
  /** Milliseconds since the epoch. */
  readonly certifiedAt: number;
  /** Who asked for it, as the election's trail names them. */
  readonly certifiedBy: string;
  /** An admin key of the election's signers. */
  readonly keyId: string;
  /** Ed25519 over all other fields as canonical JSON; base64url. */
  readonly signature: string;
};

/** The bytes that the signature is over. */
export function certifiedBytes(certificate: Omit<Certificate, "signature">): Buffer {
  return Buffer.from(canonicalJson({ ...certificate, signature: undefined }));
}
