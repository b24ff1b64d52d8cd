import type { Candidate, Election, ElectionSchedule } from "../core/election.js";
import type { ElectionChange } from "../registry/port.js";

/** An election as an admin asks for it. */
export interface ElectionRequest extends ElectionSchedule {
  readonly id: string;
  readonly title: string;
  readonly candidates: readonly Candidate[];
  readonly partitions: number;
}

/**
 * What an admin can do, here or over HTTP. `by` goes into the election's trail; over HTTP it is the
 * token's subject, whatever is said here. Every method throws VoteError: `unknown-election`,
 * `invalid-election`, `invalid-transition`, `election-exists`, `election-changed`, or that the
 * registry or the log cannot be reached.
 */
export interface ElectionAdmin {
  list(): Promise<Election[]>;
  show(id: string): Promise<Election>;
  /** The oldest change first. */
  trail(id: string): Promise<ElectionChange[]>;
  create(request: ElectionRequest, by: string): Promise<Election>;
  open(id: string, by: string): Promise<Election>;
  close(id: string, by: string): Promise<Election>;
  schedule(id: string, schedule: ElectionSchedule, by: string): Promise<Election>;
}
