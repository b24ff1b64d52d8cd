import { accountCounterNames, type PackedAccount } from "../../contracts/load/agent-requests.js";
import type { BallotPlan } from "../plan/ballot-plan.js";
import { Bitmap } from "./bitmap.js";

/**
 * The generator's own account of one stream: what it sent, what was acknowledged, and what must
 * therefore be decided. Three bits for each ballot, so that 10^8 ballots fit into 40 MB.
 */
export class Account {
  readonly plan: BallotPlan;
  readonly acknowledgedBallots: Bitmap;
  readonly refusedBallots: Bitmap;
  /** Ballots that are another vote of an earlier voter. */
  readonly secondVotes: Bitmap;
  /** Indexes below this were sent. Retries do not count. */
  sent = 0;
  acknowledged = 0;
  refused = 0;
  /** Sent and given up without an answer. */
  unknown = 0;
  /** By error code. */
  readonly refusals = new Map<string, number>();
  /** Acknowledged first votes, which must be counted, by candidate index. */
  readonly firstVotes: Float64Array;
  /** Acknowledged second votes, which must be rejected. */
  secondVotesAcknowledged = 0;
  /** Second votes sent as first votes, as their voter's first was not acknowledged yet. */
  substituted = 0;
  /** Ballots sent again after their acknowledgement, as an impatient client does. */
  retriesSent = 0;
  retriesAcknowledged = 0;
  /** Ballots sent again because their outcome was unknown. */
  resent = 0;
  /** The voter by second vote, where the plan did not choose. */
  #firstVotesOf: Uint32Array | undefined;

  constructor(plan: BallotPlan) {
    this.plan = plan;
    this.acknowledgedBallots = new Bitmap(plan.total);
    this.refusedBallots = new Bitmap(plan.total);
    this.secondVotes = new Bitmap(plan.total);
    this.firstVotes = new Float64Array(plan.candidates);
  }

  /**
   * Decides whose ballot an index is, once, when it is sent. A second vote goes out only after its
   * voter's first is acknowledged, so that there is no doubt about what must be decided.
   *
   * @returns the index of the voter's first ballot: its own for a first vote
   */
  assignVoter(index: number, ids: Int32Array, at: number): number {
    if (!this.plan.drawsSecondVote(index, ids, at)) return index;
    const first = this.#firstVoteAtOrBefore(this.plan.secondVoteOf(index, ids, at));
    if (!this.acknowledgedBallots.has(first)) {
      this.substituted++;
      return index;
    }
    this.secondVotes.add(index);
    return first;
  }

  /**
   * Makes an index another vote of an earlier voter. A generator in another process chooses that
   * voter itself, as only it knows which of its ballots are acknowledged.
   *
   * @param first the voter's first ballot
   */
  assignSecondVote(index: number, first: number): void {
    this.secondVotes.add(index);
    this.#firstVotesOf ??= new Uint32Array(this.plan.total);
    this.#firstVotesOf[index] = first;
  }

  /** The voter of an index that was sent: the index of that voter's first ballot. */
  voterOf(index: number, ids: Int32Array, at: number): number {
    if (!this.secondVotes.has(index)) return index;
    if (this.#firstVotesOf !== undefined) return this.#firstVotesOf[index];
    return this.#firstVoteAtOrBefore(this.plan.secondVoteOf(index, ids, at));
  }

  /** The acknowledged ballot to send again beside this index, or -1. */
  retryBeside(index: number, ids: Int32Array, at: number): number {
    if (!this.plan.drawsRetry(index, ids, at)) return -1;
    const earlier = this.plan.retryOf(index, ids, at);
    return this.acknowledgedBallots.has(earlier) ? earlier : -1;
  }

  /** Records that a ballot was acknowledged; a further time has no effect. */
  acknowledge(index: number, choice: number): void {
    if (!this.acknowledgedBallots.add(index)) return;
    this.acknowledged++;
    if (this.secondVotes.has(index)) this.secondVotesAcknowledged++;
    else this.firstVotes[choice]++;
  }

  /** Records a chunk as acknowledged. @param firstVotes its first votes, by candidate index */
  acknowledgeRange(from: number, to: number, firstVotes: ArrayLike<number>): void {
    this.acknowledgedBallots.addRange(from, to);
    let firsts = 0;
    for (let choice = 0; choice < firstVotes.length; choice++) {
      this.firstVotes[choice] += firstVotes[choice];
      firsts += firstVotes[choice];
    }
    this.acknowledged += to - from;
    this.secondVotesAcknowledged += to - from - firsts;
  }

  /** Records that a ballot was refused; a further time has no effect. */
  refuse(index: number, code: string): void {
    if (!this.refusedBallots.add(index)) return;
    this.refused++;
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** The counters; with `blocks`, all that another process needs to hold the same account. */
  pack(): PackedAccount {
    const counters = Object.fromEntries(accountCounterNames.map((name) => [name, this[name]]));
    return {
      ...(counters as Pick<Account, (typeof accountCounterNames)[number]>),
      refusals: Object.fromEntries(this.refusals),
      firstVotes: [...this.firstVotes],
    };
  }

  /** Takes over another account's counters; the caller fills the blocks. */
  restore(packed: PackedAccount): void {
    for (const name of accountCounterNames) this[name] = packed[name];
    for (const [code, count] of Object.entries(packed.refusals)) this.refusals.set(code, count);
    this.firstVotes.set(packed.firstVotes);
  }

  /** The bitmaps' bytes as far as ballots were sent: views, to write out or to fill. */
  blocks(): Uint8Array[] {
    const { acknowledgedBallots, refusedBallots, secondVotes, sent } = this;
    return [acknowledgedBallots, refusedBallots, secondVotes].map((bitmap) => bitmap.bytes(sent));
  }

  /** Ends, as the plan's first `minLag` ballots are never second votes. */
  #firstVoteAtOrBefore(index: number): number {
    let first = index;
    while (this.secondVotes.has(first)) first--;
    return first;
  }
}
