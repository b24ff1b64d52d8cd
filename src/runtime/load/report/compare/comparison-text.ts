import chalk from "chalk";
import { formatMilliseconds, formatRate } from "../../../text/numbers.js";
import { heading, wrapped } from "../report-lines.js";
import type { ComparedMetric, ComparedVerdict, Comparison } from "./compare.js";

const marks: Readonly<Record<ComparedVerdict, string>> = {
  better: chalk.green("✓ better"),
  same: "= same",
  worse: chalk.red("✗ worse"),
  unclear: chalk.yellow("? unclear"),
};

/** A comparison for people, in 80 columns. */
export function comparisonText(comparison: Comparison): string {
  const { base, candidate, tolerance, metrics, warnings, verdict } = comparison;
  const word = verdict === "pass" ? chalk.green.bold("✓ pass") : chalk.red.bold("✗ fail");
  const percent = `${Math.round(tolerance * 1_000) / 10} %`;
  const head = [
    "metric".padEnd(20),
    ...["base", "candidate", "ratio"].map(cell),
    "  99 % interval",
  ];
  return [
    `${word}  beyond noise and ${percent}: ${summary(metrics)}`,
    ...wrapped(base.join(", "), "  base       "),
    ...wrapped(candidate.join(", "), "  candidate  "),
    ...warnings.flatMap((warning) => wrapped(warning, "  ! ").map((line) => chalk.yellow(line))),
    "",
    heading(head.join("")),
    ...metrics.map(metricLine),
  ].join("\n");
}

function summary(metrics: readonly ComparedMetric[]): string {
  const verdicts = ["worse", "better", "unclear"] as const;
  const told = verdicts
    .map((verdict) => [metrics.filter((one) => one.verdict === verdict).length, verdict] as const)
    .filter(([number]) => number > 0)
    .map(([number, verdict]) => `${number} ${verdict}`);
  return told.length === 0 ? "no change" : told.join(", ");
}

function metricLine({ metric, unit, base, candidate, ratio, interval, verdict }: ComparedMetric) {
  const figure = (value: number) =>
    unit === "/s" ? formatRate(value) : `${formatMilliseconds(value)} ms`;
  const around = interval && `${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
  return [
    metric.padEnd(20),
    cell(figure(base)),
    cell(figure(candidate)),
    cell(ratio === null ? "–" : ratio.toFixed(3)),
    `  ${(around ?? "too short").padEnd(15)}`,
    marks[verdict],
  ].join("");
}

function cell(text: string): string {
  return text.padStart(11);
}
