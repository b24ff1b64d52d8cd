import type { Dispute } from "../core/dispute.js";
import type { Election } from "../core/election.js";
import type { Certificate } from "../core/formats/certificate.js";
import type { ElectionChange, ElectionHistory } from "../core/trail.js";

/** Who changes an election, and when. Without it, the trail says "unknown". */
export interface Actor {
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The election registry, as durable as the ledger. Every change is inserted into the election's
 * trail if its revision is free, and becomes the record that `get` returns, in one step.
 */
export interface Registry {
  /** @throws VoteError `election-exists` */
  create(election: Election, actor?: Actor): Promise<void>;
  get(id: string): Promise<Election | undefined>;
  /** By id. */
  list(): Promise<Election[]>;
  /**
   * Replaces the record whose revision is one less.
   * @throws VoteError `election-changed` if someone else did so first
   */
  replace(election: Election, actor?: Actor): Promise<void>;
  /** All changes of an election, the oldest first; empty if there is no such election. */
  trail(id: string): Promise<ElectionChange[]>;
  /** The record with its trail, as of one moment: what `verifiedElection` verifies. */
  history(id: string): Promise<ElectionHistory>;
  /** Inserts only: an election's second certificate is ignored. */
  putCertificate(certificate: Certificate): Promise<void>;
  getCertificate(election: string): Promise<Certificate | undefined>;
  /** Keeps the newest of an election's, by its time. */
  putDispute(dispute: Dispute): Promise<void>;
  /** What a certifier has stopped at last, whether or not there is a certificate since. */
  getDispute(election: string): Promise<Dispute | undefined>;
}

/** What an auditor uses of a registry. */
export type RegistryReader = Omit<
  Registry,
  "create" | "replace" | "putCertificate" | "putDispute" | "getDispute"
>;
