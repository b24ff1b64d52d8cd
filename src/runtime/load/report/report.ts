import chalk from "chalk";
import type { GeneratorFacts } from "../../contracts/load/generator-facts.js";
import type { LatencySummary, LoadRecord, SearchTrial } from "../../contracts/load/load-record.js";
import { formatCount, formatMilliseconds, formatRate, formatSeconds } from "../../text/numbers.js";
import { oneLine } from "../../text/one-line.js";
import { maxFindingsInFile } from "../reconcile/findings-file.js";
import {
  effortText,
  heading,
  hostText,
  labelWidth,
  latenciesText,
  line,
  measuredText,
  notMeasured,
  percentileLabel,
  percentOf,
  requestsText,
  wasMeasured,
  wrapped,
  zeroLine,
} from "./report-lines.js";
import { validityAdvice } from "./validity.js";
import { verdictLines } from "./verdict.js";

const barWidth = 24;

/**
 * A run's record for people, in 80 columns: first the verdict and the thresholds, then what was
 * wanted and reached, then the proof. It has colours only where the terminal has them.
 *
 * @param names  the candidates' names by id; ids where there is none
 * @param advice how to make the next run a valid measurement
 */
export function reportText(
  record: LoadRecord,
  names: ReadonlyMap<string, string>,
  advice = validityAdvice,
): string {
  const sections = [
    verdictLines(record, advice),
    thresholdLines(record),
    rateLines(record),
    latencyLines(record),
    answerLines(record),
    correctnessLines(record),
    findingLines(record),
    faultLines(record),
    generatorLines(record),
    resultLines(record, names),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function thresholdLines({ thresholds }: LoadRecord): string[] {
  if (thresholds.length === 0) return [];
  const width = Math.max(...thresholds.map(({ expression }) => expression.length));
  const lines = thresholds.map((threshold) => {
    const { metric, expression, passed } = threshold;
    const mark = passed ? chalk.green("✓") : chalk.red("✗");
    const reached = measuredText(threshold);
    const text = `${metric.padEnd(labelWidth - 2)}${expression.padEnd(width)}`;
    return `  ${mark} ${text}  ${passed ? reached : chalk.red(reached)}`;
  });
  return [heading("thresholds"), ...lines];
}

function rateLines(record: LoadRecord): string[] {
  const { targetPerSecond, sentPerSecond, acceptedPerSecond, sent, unsent, streams } = record;
  const lines = [
    heading("rate"),
    line("target", formatRate(targetPerSecond)),
    line(
      "achieved",
      formatRate(sentPerSecond),
      `${percentOf(sentPerSecond, targetPerSecond)} of it`,
    ),
  ];
  if (streams.length > 1) {
    for (const { name, via, sentPerSecond: rate } of streams) {
      lines.push(line(`  ${name}`, formatRate(rate), `via ${via}`));
    }
  }
  const never = line(
    "never sent",
    formatCount(unsent),
    `${percentOf(unsent, sent + unsent)} of those due`,
  );
  return [
    ...lines,
    line("accepted", formatRate(acceptedPerSecond)),
    unsent > 0 ? chalk.yellow(never) : never,
  ];
}

const columns = ["p50", "p90", "p95", "p99", "p999", "max"] as const;
const columnWidth = 9;

function latencyLines({ latencyMs, scheduleLagMs }: LoadRecord): string[] {
  const cells = (values: readonly string[]) =>
    values.map((value) => value.padStart(columnWidth)).join("");
  const row = (label: string, summary: LatencySummary) => {
    if (!wasMeasured(summary)) return `  ${label.padEnd(labelWidth)}${notMeasured}`;
    const figures = columns.map((column) => formatMilliseconds(summary[column]));
    return `  ${label.padEnd(labelWidth)}${cells(figures)}`;
  };
  const heads = columns.map(percentileLabel);
  return [
    chalk.bold("latency, ms".padEnd(labelWidth + 2)) + chalk.dim(cells(heads)),
    row("acknowledged", latencyMs.acknowledge),
    chalk.dim(row("  raw", latencyMs.acknowledgeRaw)),
    row("visible", latencyMs.visible),
    row("schedule lag", scheduleLagMs),
    chalk.dim("  from when each ballot was due; raw from when it was sent"),
  ];
}

function answerLines(record: LoadRecord): string[] {
  const refusals = Object.entries(record.refusals).map(([code, votes]) =>
    chalk.yellow(line(`  ${code}`, formatCount(votes))),
  );
  const several = record.refused > 0 && record.streams.length > 1 ? record.streams : [];
  const streams = several.map(({ name, refused, sent }) =>
    line(`  of ${name}`, formatCount(refused), `of ${formatCount(sent)} sent`),
  );
  return [
    heading("answers"),
    line("acknowledged", formatCount(record.acknowledged)),
    line("refused", formatCount(record.refused)),
    ...refusals,
    ...streams,
    zeroLine("no answer", record.unknown),
    line("sent again", formatCount(record.resent), "because no answer came"),
  ];
}

function correctnessLines(record: LoadRecord): string[] {
  const reasons = Object.entries(record.rejected);
  const rejected = reasons.reduce((sum, [, votes]) => sum + votes, 0);
  const note = reasons.map(([reason]) => reason).join(", ");
  const lines = [
    heading("correctness"),
    line("sent", formatCount(record.sent)),
    line("counted", formatCount(record.counted)),
    line("rejected", formatCount(rejected), note),
    line(
      "retries absorbed",
      formatCount(record.retriesAbsorbed),
      `of ${formatCount(record.retriesSent + record.resent)} sent again`,
    ),
    zeroLine("lost", record.lost),
    ...(record.undecided > 0
      ? [chalk.yellow(line("undecided", formatCount(record.undecided), "the tally is behind"))]
      : []),
    zeroLine("double", record.double),
    zeroLine("invented", record.invented),
    zeroLine("closed out", record.closedOut),
  ];
  if (record.foreign > 0) lines.push(line("other clients'", formatCount(record.foreign)));
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
  const lines = [heading(`findings (${formatCount(findingCount)})`)];
  for (const { kind, detail } of findings) lines.push(`  ${chalk.red(kind)}: ${detail}`);
  const more = findingCount - findings.length;
  if (more > 0) lines.push(`  and ${formatCount(more)} more`);
  const isWhole = findingCount <= maxFindingsInFile;
  const extent = isWhole ? "all of them" : `the first ${formatCount(maxFindingsInFile)}`;
  return findingsFile === undefined ? lines : [...lines, `  ${extent}: ${findingsFile}`];
}

/** What was done to the system: the figures are to be read with it. */
function faultLines({ faults = [], startedAt }: LoadRecord): string[] {
  if (faults.length === 0) return [];
  const lines = faults.map(({ at, action, role, forSeconds, pid }) => {
    const after = formatSeconds(at - startedAt);
    const note = pid === 0 ? "nothing ran there" : forSeconds > 0 ? `for ${forSeconds} s` : "";
    return line(`${action} ${role}`, `after ${after}`, note);
  });
  return [heading("faults"), ...lines];
}

function generatorLines({ generator, host }: LoadRecord): string[] {
  const { name, limits } = generator;
  return [
    heading("generator"),
    `  ${name}, ${effortText(generator)}`,
    ...ownReportLines(generator),
    ...limits.flatMap((limit) => wrapped(limit, "  - ")),
    `  host: ${hostText(host)}`,
  ];
}

/** What autocannon or k6 reports itself. */
function ownReportLines({ name, report, failure }: GeneratorFacts): string[] {
  const lines = failure === undefined ? [] : [chalk.red(`  ✗ ${failure}`)];
  if (report === undefined) return lines;
  const { version, thresholds } = report;
  return [
    ...lines,
    `  ${name} ${version} itself: ${requestsText(report)}`,
    `    ms: ${latenciesText(report)}`,
    ...thresholds.map(({ expression, passed }) =>
      passed ? chalk.green(`    ✓ ${expression}`) : chalk.red(`    ✗ ${expression}`),
    ),
  ];
}

function resultLines(record: LoadRecord, names: ReadonlyMap<string, string>): string[] {
  const total = record.result.reduce((sum, { votes }) => sum + votes, 0);
  const most = Math.max(1, ...record.result.map(({ votes }) => votes));
  const nameOf = (id: string) => oneLine(names.get(id) ?? id);
  const width = Math.max(...record.result.map(({ candidate }) => nameOf(candidate).length));
  const rows = record.result.map(({ candidate, votes }) => {
    const bar = "█".repeat(Math.round((votes / most) * barWidth)).padEnd(barWidth);
    const figures = `${percentOf(votes, total).padStart(7)} ${formatCount(votes).padStart(13)}`;
    return `  ${nameOf(candidate).padEnd(width)}  ${chalk.cyan(bar)} ${figures}`;
  });
  const others =
    record.foreign === 0
      ? []
      : wrapped(`with the votes among the ${formatCount(record.foreign)} of other clients`);
  return [heading("result"), ...rows, ...others.map((text) => chalk.dim(text))];
}

/** What one trial of the search for the highest rate showed, in one line. */
export function trialText(trial: SearchTrial): string {
  const { votesPerSecond, held, valid, why, acknowledgeP99Ms } = trial;
  const word = held ? "holds" : valid ? "does not hold" : "not valid";
  const because = why.length === 0 ? "" : `: ${why.join("; ")}`;
  const p99 = acknowledgeP99Ms === 0 ? "" : ` (p99 ${acknowledgeP99Ms.toFixed(1)} ms)`;
  return `${votesPerSecond}/s ${word}${p99}${because}`;
}
