import type { LoadRecord } from "../runtime/contracts/load/load-record.js";
import type { ErrorCode } from "../runtime/core/errors.js";
import { wrapped } from "../runtime/load/report/report-lines.js";
import { awaitsTally } from "../runtime/load/report/verdict.js";
import type { Scenario } from "../runtime/load/scenario/scenario.js";
import { formatRate } from "../runtime/text/numbers.js";
import { quoted } from "./hints/shell.js";

/** Returns the error that a load run ends with, or undefined when the command exits with 0. */
export function loadFailure(record: LoadRecord): ErrorCode | undefined {
  if (!record.reconciled) return awaitsTally(record) ? "not-running" : "recount-mismatch";
  if (record.abortedBy !== undefined) return "threshold-breached";
  if (record.interrupted) return "interrupted";
  if (record.generator.failure !== undefined) return "generator-failed";
  return record.verdict === "fail" ? "threshold-breached" : undefined;
}

/**
 * Builds the shell command that repeats a run.
 *
 * @param words the command and its arguments as given
 * @param seed  added unless the arguments name one
 */
export function repeatCommand(words: readonly string[], seed: number): string {
  const hasSeed = words.some((word) => word === "--seed" || word.startsWith("--seed="));
  const all = hasSeed ? words : [...words, "--seed", String(seed)];
  return all.map(quoted).join(" ");
}

const waysIn = {
  log: "straight into the log, without HTTP, tokens and ingest",
  http: "one by one over HTTP",
  "http-batch": "in gateways' batches over HTTP",
} as const;

/**
 * The lines with which a run begins, in 80 columns: the rates and ways in, and what those leave
 * out: `vote demo: 250,000/s in gateways' batches over HTTP and 1,000/s one by one over HTTP, for`.
 */
export function streamsLines(before: string, { streams }: Pick<Scenario, "streams">, after = ".") {
  const rates = streams.map(({ votesPerSecond, peakPerSecond, via }) => {
    const upTo = peakPerSecond > votesPerSecond ? "up to " : "";
    return `${upTo}${formatRate(peakPerSecond)} ${waysIn[via]}`;
  });
  return wrapped(`${before}: ${rates.join("; ")}${after}`, "", "  ");
}
