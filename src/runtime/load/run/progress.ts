import { mergeLatencies, type RunLatencies } from "../measure/outcome.js";
import type { LoadProgress } from "./options.js";
import type { Stream } from "./stream.js";

export function progressOf(
  streams: readonly Stream[],
  elapsedMs: number,
  sendingMs: number,
  latencies: RunLatencies,
): LoadProgress {
  const sum = (of: (stream: Stream) => number) =>
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
    latencies,
    sentPerSecond: Math.round(sent / (Math.max(sendingMs, 1) / 1_000)),
  };
}

/** Of shares that run at the same time. */
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
    sentPerSecond: sum(({ sentPerSecond }) => sentPerSecond),
    latencies: mergeLatencies(shares.map(({ latencies }) => latencies)),
  };
}
