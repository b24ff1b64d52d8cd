/** How ballots get in: into the log, or over HTTP one by one or in batches. */
import type { Schedule } from "../arrivals/schedule.js";
import type { Account } from "../measure/account.js";
import type { Journal } from "../measure/journal.js";
import type { VisibleWatch } from "../measure/visible-watch.js";

/** One way in. It sends what is due without waiting for earlier answers. */
export interface Sender {
  readonly journal: Journal;
  /** Sends what is due and not sent yet, as far as there is room. @param due ballots so far */
  pump(due: number): void;
  /** Resolves once every ballot sent has an answer or was given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What a sender works with; all but the account and the schedule is shared by the run. */
export interface SenderContext {
  readonly account: Account;
  readonly schedule: Schedule;
  /**
   * Records that ballots have just been acknowledged for the first time.
   *
   * @param dueAt  when they were due, in milliseconds after the start: latency counts from here
   * @param sentAt when they were sent
   */
  readonly acknowledged: (dueAt: number, sentAt: number, ballots: number) => void;
  readonly visible: VisibleWatch;
  /** Milliseconds since the run's start. */
  readonly elapsed: () => number;
  /** Milliseconds since the epoch, for `receivedAt`. */
  readonly wallClock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** How long a ballot without an answer is sent again before its outcome stays unknown. */
  readonly giveUpAfterMs: number;
}

/** The pauses before a ballot or frame whose outcome is unknown is sent again. */
export const resendBackoff = { firstMs: 20, maxMs: 1_000 };

/** How many ballots to send now: those due, as far as one chunk and the bound under way allow. */
export function sendable(due: number, sent: number, underWay: number, bounds: SendBounds): number {
  const room = Math.max(0, bounds.maxUnderWay - underWay);
  return Math.max(0, Math.min(due - sent, bounds.maxChunk, room));
}

export interface SendBounds {
  /** Ballots in one send. */
  readonly maxChunk: number;
  /** Ballots sent and not yet answered. */
  readonly maxUnderWay: number;
}

/** With so many sends unanswered, ballots wait for each other, so that frames and batches fill. */
const eagerSends = 2;
/** They wait no longer than this, which voters do not feel. */
const lingerMs = 25;

/**
 * Whether ballots that are due had better wait for more of them.
 *
 * @param underWay sends without an answer
 */
export function lingers(
  { account, schedule, elapsed }: Pick<SenderContext, "account" | "schedule" | "elapsed">,
  underWay: number,
): boolean {
  return underWay >= eagerSends && elapsed() - schedule.timeOf(account.sent) < lingerMs;
}
