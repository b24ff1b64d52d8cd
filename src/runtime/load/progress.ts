import type { LoadProgress } from "./options.js";
import type { RunLatencies } from "./outcome.js";
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
