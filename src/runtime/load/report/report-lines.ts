import chalk from "chalk";
import type { GeneratorFacts, GeneratorReport } from "../../contracts/load/generator-facts.js";
import type { HostFacts } from "../../contracts/load/host-facts.js";
import type { LatencySummary, ThresholdOutcome } from "../../contracts/load/load-record.js";
import { formatCount, formatMilliseconds, formatPercent, formatRate } from "../../text/numbers.js";
import { isTrend } from "../scenario/threshold.js";

/** The report's columns. Our own lines fit into them; names that others chose may not. */
const reportWidth = 80;
export const labelWidth = 18;
const figureWidth = 13;

export const notMeasured = "not measured";

/** Whether there was anything to measure: a latency of exactly nothing does not occur. */
export function wasMeasured({ max }: Pick<LatencySummary, "max">): boolean {
  return max > 0;
}

/** `12.3 ms`, or that nothing was measured. */
export function p99Text(summary: LatencySummary): string {
  return wasMeasured(summary) ? `${formatMilliseconds(summary.p99)} ms` : notMeasured;
}

/** `45.2 %`: how much of the whole a part is. */
export function percentOf(part: number, whole: number): string {
  return formatPercent(part / Math.max(1, whole));
}

/** How hard a generator had to work: `2 processes, 4.0 s of CPU, busy 40 %`. */
export function effortText({ processes, cpuSeconds, busyShare }: GeneratorFacts): string {
  const many = `${formatCount(processes)} ${processes === 1 ? "process" : "processes"}`;
  return `${many}, ${cpuSeconds.toFixed(1)} s of CPU, busy ${formatPercent(busyShare, 0)}`;
}

/** `5,000 requests, 2 failed, 1 dropped`: what an external generator counted. */
export function requestsText({ requests, failed, dropped }: GeneratorReport): string {
  const drops = dropped === undefined ? "" : `, ${formatCount(dropped)} dropped`;
  return `${formatCount(requests)} requests, ${formatCount(failed)} failed${drops}`;
}

/** `p50 8.10, p99.9 31.2`: an external generator's latencies, each with the unit if given. */
export function latenciesText({ latencyMs }: GeneratorReport, unit = ""): string {
  return Object.entries(latencyMs)
    .map(([what, ms]) => `${percentileLabel(what)} ${formatMilliseconds(ms)}${unit}`)
    .join(", ");
}

/** `p99.9` for the record's `p999`. */
export function percentileLabel(name: string): string {
  return name === "p999" ? "p99.9" : name;
}

/** What was measured for a threshold, with its unit. */
export function measuredText({ metric, expression, measured }: ThresholdOutcome): string {
  if (measured === null) return "nothing measured";
  if (isTrend(metric)) return `${formatMilliseconds(measured)} ms`;
  return expression.startsWith("rate") ? formatRate(measured) : formatCount(measured);
}

/** `2 cores, 24 GiB, Node.js 20.20.2, Linux`: where it was measured. */
export function hostText({ cores, memoryGiB, node, os }: HostFacts): string {
  return `${cores} cores, ${memoryGiB} GiB, Node.js ${node}, ${os}`;
}

/** The first line of a section. */
export function heading(text: string): string {
  return chalk.bold(text);
}

/** A label, its figure, and a note on it. */
export function line(label: string, figure: string, note = ""): string {
  const text = `  ${label.padEnd(labelWidth)}${figure.padStart(figureWidth)}`;
  return note === "" ? text : `${text}  ${chalk.dim(note)}`;
}

/** A figure that has to be 0. */
export function zeroLine(label: string, value: number): string {
  const text = line(label, formatCount(value));
  return value === 0 ? text : chalk.red(text);
}

/** Text over as many lines as it takes, all indented like the first behind its mark. */
export function wrapped(
  text: string,
  first = "  ",
  indent = first.replace(/[^ ]/g, " "),
): string[] {
  const lines: string[] = [];
  let current = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && current.length + 1 + word.length > reportWidth) {
      lines.push(current);
      current = indent;
      isEmpty = true;
    }
    current += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, current];
}
