import type { Schedule } from "../arrivals/schedule.js";
import type { Account } from "../measure/account.js";
import type { Journal } from "../measure/journal.js";
import type { VisibleWatch } from "../measure/visible-watch.js";

/** One way to get ballots in. Sends what is due and never waits for answers before the next. */
export interface Sender {
  readonly journal: Journal;
  /** Sends what is due and not sent yet, as far as there is room for. */
  pump(due: number): void;
  /** Resolves once every ballot sent has its answer or was given up. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What all senders of a run share. */
export interface SenderContext {
  readonly account: Account;
  readonly schedule: Schedule;
  /**
   * First answers to so many ballots have come just now.
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
  /** How long an unknown outcome is retried before it is given up as unknown. */
  readonly giveUpAfterMs: number;
}

/** Milliseconds to wait before a further try, doubling from 20 to 1,000. */
export function backoffMs(failures: number): number {
  return Math.min(1_000, 20 * 2 ** Math.min(failures, 10));
}

/** How many of `due` to send now: what fits into one chunk and into what may be under way. */
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
