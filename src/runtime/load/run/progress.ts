import type { RunProgress } from "../../contracts/load/agent-requests.js";
import { countedText, formatCount, formatMilliseconds, formatRate } from "../../text/numbers.js";
import type { Schedule } from "../arrivals/schedule.js";
import type { Account } from "../measure/account.js";
import { mergeLatencies, type RunLatencies } from "../measure/outcome.js";

/** How far a run has come. */
export interface LoadProgress extends RunProgress {
  /** The latencies of all processes so far; they keep changing. */
  readonly latencies: RunLatencies;
}

interface SendingStream {
  readonly schedule: Schedule;
  readonly account: Account;
}

/**
 * @param sendingMs how long the run has been sending
 * @param behind    acknowledged ballots that are not visible yet
 */
export function progressOf(
  streams: readonly SendingStream[],
  elapsedMs: number,
  sendingMs: number,
  latencies: RunLatencies,
  behind: number,
): LoadProgress {
  const sum = (of: (stream: SendingStream) => number) =>
    streams.reduce((total, stream) => total + of(stream), 0);
  const sent = sum(({ account }) => account.sent);
  return {
    elapsedMs,
    durationMs: Math.max(...streams.map(({ schedule }) => schedule.durationMs)),
    total: sum(({ schedule }) => schedule.total),
    due: sum(({ schedule }) => schedule.dueBy(sendingMs)),
    sent,
    acknowledged: sum(({ account }) => account.acknowledged),
    refused: sum(({ account }) => account.refused),
    unknown: sum(({ account }) => account.unknown),
    behind,
    latencies,
    sentPerSecond: Math.round(sent / (Math.max(sendingMs, 1) / 1_000)),
  };
}

/** The progress of shares that run at the same time, added up. */
export function mergeProgress(shares: readonly LoadProgress[]): LoadProgress {
  const sum = (of: (share: LoadProgress) => number) =>
    shares.reduce((total, share) => total + of(share), 0);
  return {
    elapsedMs: Math.max(...shares.map(({ elapsedMs }) => elapsedMs)),
    durationMs: Math.max(...shares.map(({ durationMs }) => durationMs)),
    total: sum(({ total }) => total),
    due: sum(({ due }) => due),
    sent: sum(({ sent }) => sent),
    acknowledged: sum(({ acknowledged }) => acknowledged),
    refused: sum(({ refused }) => refused),
    unknown: sum(({ unknown }) => unknown),
    behind: sum(({ behind }) => behind),
    sentPerSecond: sum(({ sentPerSecond }) => sentPerSecond),
    latencies: mergeLatencies(shares.map(({ latencies }) => latencies)),
  };
}

const barWidth = 20;

/** One line a second while a run is going, for logs and pipes. */
export function progressText(progress: LoadProgress): string {
  const { elapsedMs, durationMs, sent, acknowledged, refused, sentPerSecond, due } = progress;
  const seconds = `${(elapsedMs / 1_000).toFixed(0)}/${(durationMs / 1_000).toFixed(0)} s`;
  const late = due > sent ? `, ${formatCount(due - sent)} due` : "";
  const waits = elapsedMs > durationMs ? `, ${waitingText(progress)}` : "";
  return (
    `${seconds.padStart(9)}  sent ${formatCount(sent)} (${formatRate(sentPerSecond)})` +
    `, acknowledged ${formatCount(acknowledged)}, refused ${formatCount(refused)}${late}${waits}`
  );
}

/** The same for a terminal, in at most 79 columns, so that it can be drawn over. */
export function progressBar(progress: LoadProgress): string {
  const { elapsedMs, durationMs, sentPerSecond, latencies, refused, unknown } = progress;
  const done = Math.min(1, elapsedMs / Math.max(1, durationMs));
  const filled = Math.round(done * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  // No rate and no latency any more: they would be read as current.
  if (elapsedMs > durationMs) return `${bar} 100 %  ${waitingText(progress)}`.slice(0, 79);
  const { acknowledge } = latencies;
  const p99 =
    acknowledge.count === 0 ? "" : `  p99 ${formatMilliseconds(acknowledge.percentile(99))} ms`;
  const failed = refused + unknown;
  const trouble = failed === 0 ? "" : `  ${formatCount(failed)} not taken`;
  const text =
    `${bar} ${(100 * done).toFixed(0).padStart(3)} %  ${formatRate(sentPerSecond)}${p99}` +
    `${trouble}  ${remaining(durationMs - elapsedMs)}`;
  return text.slice(0, 79);
}

/** What a run waits for that has sent everything. */
function waitingText({ sent, acknowledged, refused, unknown, behind }: LoadProgress): string {
  const open = sent - acknowledged - refused - unknown;
  if (open > 0) return `waiting for ${countedText(open, "answer")}`;
  if (behind > 0) return `waiting for the tally, ${formatCount(behind)} behind`;
  return "all sent are in the result";
}

function remaining(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(minutes)}:${two(seconds % 60)}`;
  return `${hours > 0 ? `${hours}:` : ""}${clock} left`;
}
