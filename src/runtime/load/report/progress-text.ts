import type { LoadProgress } from "../run/options.js";
import { count, milliseconds } from "./report-lines.js";

const barWidth = 20;

/** One line a second while a run is going, for logs and pipes. */
export function progressText(progress: LoadProgress): string {
  const { elapsedMs, durationMs, sent, acknowledged, refused, sentPerSecond, due } = progress;
  const seconds = `${(elapsedMs / 1_000).toFixed(0)}/${(durationMs / 1_000).toFixed(0)} s`;
  const behind = due > sent ? `, ${count(due - sent)} due` : "";
  return (
    `${seconds.padStart(9)}  sent ${count(sent)} (${count(sentPerSecond)}/s)` +
    `, acknowledged ${count(acknowledged)}, refused ${count(refused)}${behind}`
  );
}

/** The same for a terminal, in at most 79 columns, so that it can be drawn over. */
export function progressBar(progress: LoadProgress): string {
  const { elapsedMs, durationMs, sentPerSecond, latencies, refused, unknown } = progress;
  const done = Math.min(1, elapsedMs / Math.max(1, durationMs));
  const filled = Math.round(done * barWidth);
  const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
  const { acknowledge } = latencies;
  const p99 = acknowledge.count === 0 ? "" : `  p99 ${milliseconds(acknowledge.percentile(99))} ms`;
  const failed = refused + unknown;
  const trouble = failed === 0 ? "" : `  ${count(failed)} not taken`;
  const text =
    `${bar} ${(100 * done).toFixed(0).padStart(3)} %  ${count(sentPerSecond)}/s${p99}` +
    `${trouble}  ${remaining(durationMs - elapsedMs)}`;
  return text.slice(0, 79);
}

function remaining(ms: number): string {
  if (ms <= 0) return "until visible";
  const seconds = Math.ceil(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(minutes)}:${two(seconds % 60)}`;
  return `${hours > 0 ? `${hours}:` : ""}${clock} left`;
}
