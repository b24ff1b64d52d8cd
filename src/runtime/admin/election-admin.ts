import type { ElectionRequest } from "../contracts/http/admin-requests.js";
import type { Trail } from "../contracts/http/election.js";
import type { Election, GatewayStanding, ScheduleChange } from "../core/election.js";
import type { Signer } from "../core/signers.js";
import type { VoidedRecord } from "../core/voided-record.js";

/** A key as an admin names it. */
export type TrustedKey = Pick<Signer, "publicKey" | "use">;

/** A record as an admin names it, and why it is void. */
export type VoidPlace = Pick<VoidedRecord, "partition" | "position" | "reason">;

/** A gateway as an admin names it, whether it is suspended from now on, and why. */
export type GatewayWord = Omit<GatewayStanding, "at">;

/**
 * What an admin can do, in this process or over HTTP. `by` is who does it, for the election's
 * trail; over HTTP the token's subject takes its place. Every method throws VoteError:
 * `unknown-election`, `invalid-election`, `invalid-transition`, `election-exists`,
 * `election-changed`, `clock-error`, or that the registry or the log cannot be reached.
 */
export interface ElectionAdmin {
  list(): Promise<Election[]>;
  show(id: string): Promise<Election>;
  /** All changes of an election, the oldest first, verified. */
  trail(id: string): Promise<Trail>;
  create(request: ElectionRequest, by: string): Promise<Election>;
  /** @param ifRevision opens it only as it was read then */
  open(id: string, by: string, ifRevision?: number): Promise<Election>;
  /**
   * Announces the election's end; of one that is over already, makes sure that it can be sealed.
   * @returns an open election with its `closesAt`, or the one that is over
   */
  close(id: string, by: string): Promise<Election>;
  /**
   * Waits until the announced end has come and the last ballots have drained, and closes, unless a
   * timekeeper does; over HTTP, the server does.
   * @param election as it was read: an extension that comes meanwhile wins
   */
  untilClosed(election: Election, by: string): Promise<Election>;
  /** Changes the times that are given; null removes one, and leaves it to people. */
  schedule(id: string, schedule: ScheduleChange, by: string): Promise<Election>;
  /** From now on the election takes what this key signs for this use. Safe to repeat. */
  trust(id: string, key: TrustedKey, by: string): Promise<Election>;
  /** Suspends a gateway, or lets it in again. Safe to repeat. */
  judgeGateway(id: string, word: GatewayWord, by: string): Promise<Election>;
  /** Asks for a proof of work with each ballot that a voter sends, or not. Safe to repeat. */
  askForProof(id: string, required: boolean, by: string): Promise<Election>;
  /** Makes the tally pass over one record that is damaged or refused. Safe to repeat. */
  voidRecord(id: string, record: VoidPlace, by: string): Promise<Election>;
}
