import chalk from "chalk";
import type { LoadProgress } from "./options.js";
import type { LoadRecord, ThresholdOutcome } from "./record.js";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const count = (value: number) => grouped.format(value);
const labelWidth = 18;
const figureWidth = 13;
const barWidth = 24;

/**
 * What a run showed, for people: the verdict first, what was asked and reached, then the proof.
 * Colours only where the terminal has them.
 *
 * @param names the candidates' names by id; ids where there is none
 */
export function reportText(record: LoadRecord, names: ReadonlyMap<string, string>): string {
  return [
    ...verdictLines(record),
    "",
    ...rateLines(record),
    "",
    ...latencyLines(record),
    "",
    ...reconciliationLines(record),
    ...findingLines(record),
    "",
    ...resultLines(record, names),
  ].join("\n");
}

/** One line a second while a run is going. */
export function progressText(progress: LoadProgress): string {
  const { elapsedMs, durationMs, sent, acknowledged, refused, sentPerSecond, due } = progress;
  const seconds = `${(elapsedMs / 1_000).toFixed(0)}/${(durationMs / 1_000).toFixed(0)} s`;
  const behind = due > sent ? `, ${count(due - sent)} due` : "";
  return (
    `${seconds.padStart(9)}  sent ${count(sent)} (${count(sentPerSecond)}/s)` +
    `, acknowledged ${count(acknowledged)}, refused ${count(refused)}${behind}`
  );
}

function verdictLines(record: LoadRecord): string[] {
  const { verdict, scenario, election, engine, seed, valid, interrupted } = record;
  const passed = verdict === "pass";
  const word = passed ? chalk.green.bold("✓ pass") : chalk.red.bold("✗ fail");
  const lines = [`${word}  ${scenario} on election ${election}, ${engine}, seed ${seed}`];
  for (const threshold of record.thresholds) lines.push(`  ${thresholdText(threshold)}`);
  if (!record.reconciled) lines.push(chalk.red("  ✗ the accounts do not agree; see below"));
  if (!record.drained) lines.push(chalk.red("  ✗ the view did not reach the log's end in time"));
  if (!valid) {
    lines.push(
      chalk.yellow("  ! not valid as a measurement: the generator could not keep its schedule"),
    );
  }
  if (interrupted) lines.push(chalk.yellow("  ! interrupted: the figures are of a part"));
  return lines;
}

const thresholdNames = {
  sentPerSecond: ["sent per second", "≥", ""],
  acknowledgeP99Ms: ["acknowledged, p99", "≤", " ms"],
  visibleP99Ms: ["visible, p99", "≤", " ms"],
} as const;

function thresholdText({ name, bound, measured, passed }: ThresholdOutcome): string {
  const [label, relation, unit] = thresholdNames[name];
  const mark = passed ? chalk.green("✓") : chalk.red("✗");
  const text = `${count(measured)}${unit}`;
  const reached = passed ? text : chalk.red(text);
  return `${mark} ${label} ${relation} ${count(bound)}${unit}: ${reached}`;
}

function rateLines(record: LoadRecord): string[] {
  const lines = [
    heading("rate"),
    line("target", `${count(record.targetPerSecond)}/s`),
    line("sent", `${count(record.sentPerSecond)}/s`, streamsNote(record)),
  ];
  if (record.unsent > 0) {
    lines.push(line("due, never sent", chalk.yellow(count(record.unsent).padStart(figureWidth))));
  }
  return lines;
}

function streamsNote({ streams }: LoadRecord): string {
  if (streams.length < 2) return "";
  return streams.map(({ via, sentPerSecond }) => `${via} ${count(sentPerSecond)}/s`).join(", ");
}

function latencyLines({ latencyMs }: LoadRecord): string[] {
  const columns = (values: readonly string[]) =>
    values.map((value) => value.padStart(figureWidth)).join("");
  const row = (label: string, { p50, p99, max }: LoadRecord["latencyMs"]["visible"]) => {
    const figures = [p50, p99, max].map((value) => `${value.toFixed(1)} ms`);
    return `  ${label.padEnd(labelWidth)}${columns(figures)}`;
  };
  const head = "latency".padEnd(labelWidth + 2);
  return [
    chalk.bold(head) + chalk.dim(columns(["p50", "p99", "max"])),
    row("acknowledged", latencyMs.acknowledge),
    row("visible", latencyMs.visible),
    chalk.dim("  from when each ballot was due, not from when it was sent"),
  ];
}

function reconciliationLines(record: LoadRecord): string[] {
  const reasons = Object.entries(record.rejected);
  const rejected = reasons.reduce((sum, [, votes]) => sum + votes, 0);
  const note = reasons.map(([reason, votes]) => `${reason} ${count(votes)}`).join(", ");
  const refusals = Object.entries(record.refusals)
    .map(([code, votes]) => `${code} ${count(votes)}`)
    .join(", ");
  const lines = [
    heading("reconciliation"),
    line("sent", count(record.sent)),
    line("acknowledged", count(record.acknowledged)),
    line("refused", count(record.refused), refusals),
    line("counted", count(record.counted)),
    line("rejected", count(rejected), note),
    line("retries absorbed", count(record.retriesAbsorbed), `${count(record.retriesSent)} sent`),
    zeroLine("lost", record.lost),
    zeroLine("double", record.double),
  ];
  if (record.invented > 0) lines.push(zeroLine("invented", record.invented));
  if (record.unknown > 0) lines.push(zeroLine("without an answer", record.unknown));
  if (record.foreign > 0) lines.push(line("of others", count(record.foreign)));
  lines.push(agreementLine(record));
  return lines;
}

function agreementLine({ agreement }: LoadRecord): string {
  const sources = Object.entries(agreement);
  const disagree = sources.filter(([, agrees]) => !agrees).map(([name]) => name);
  if (disagree.length === 0) {
    return chalk.green(`  ✓ ${sources.map(([name]) => name).join(" = ")}`);
  }
  return chalk.red(`  ✗ not in agreement: ${disagree.join(", ")}`);
}

function findingLines({ findings, findingCount, findingsFile }: LoadRecord): string[] {
  if (findingCount === 0) return [];
  const lines = ["", heading(`findings (${count(findingCount)})`)];
  for (const { kind, detail } of findings) lines.push(`  ${chalk.red(kind)}: ${detail}`);
  const more = findingCount - findings.length;
  if (more > 0) lines.push(`  and ${count(more)} more`);
  return findingsFile === undefined ? lines : [...lines, `  all of them: ${findingsFile}`];
}

function resultLines(record: LoadRecord, names: ReadonlyMap<string, string>): string[] {
  const total = record.result.reduce((sum, { votes }) => sum + votes, 0);
  const most = Math.max(1, ...record.result.map(({ votes }) => votes));
  const nameOf = (id: string) => oneLine(names.get(id) ?? id);
  const width = Math.max(...record.result.map(({ candidate }) => nameOf(candidate).length));
  const rows = record.result.map(({ candidate, votes }) => {
    const bar = "█".repeat(Math.round((votes / most) * barWidth)).padEnd(barWidth);
    const share = `${((100 * votes) / Math.max(1, total)).toFixed(1)} %`;
    const figures = `${share.padStart(7)} ${count(votes).padStart(figureWidth)}`;
    return `  ${nameOf(candidate).padEnd(width)}  ${chalk.cyan(bar)} ${figures}`;
  });
  return [heading("result"), ...rows];
}

function heading(text: string): string {
  return chalk.bold(text);
}

function line(label: string, figure: string, note = ""): string {
  const text = `  ${label.padEnd(labelWidth)}${figure.padStart(figureWidth)}`;
  return note === "" ? text : `${text}  ${chalk.dim(note)}`;
}

function zeroLine(label: string, value: number): string {
  const text = line(label, count(value));
  return value === 0 ? text : chalk.red(text);
}

/** Names come from whoever made the election: nothing in them may move the cursor. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
