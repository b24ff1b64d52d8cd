import chalk from "chalk";
import type { LoadRecord, SearchRecord } from "../../contracts/load/load-record.js";
import { formatCount, formatSeconds } from "../../text/numbers.js";
import { measuredText, wrapped } from "./report-lines.js";

/** The lines that a report begins with: is it correct, is it fast, and what to know first. */
export function verdictLines(record: LoadRecord, advice: string): string[] {
  const { scenario, election, engine, seed, valid, interrupted } = record;
  const lines = [
    correctLine(record),
    fastLine(record),
    chalk.dim(`  ${scenario} on election ${election}, ${engine}, seed ${seed}`),
  ];
  if (!valid) {
    lines.push(
      chalk.yellow("  ! not valid as a measurement: the generator, not the system, was the limit"),
      ...record.invalidReasons.flatMap((reason) => wrapped(reason, "    - ")),
      ...wrapped(advice, "    "),
    );
  }
  if (record.search !== undefined) lines.push(...searchLines(record.search));
  for (const { name, lost } of record.generator.each) {
    if (lost !== undefined) lines.push(chalk.red(`  ✗ ${name} was lost: ${lost}`));
  }
  const { abortedBy } = record;
  if (abortedBy !== undefined) {
    const at = formatSeconds(abortedBy.atMs);
    const what = `${abortedBy.metric}: ${abortedBy.expression} was ${measuredText(abortedBy)}`;
    lines.push(chalk.red(`  ✗ aborted after ${at}: ${what}`));
  } else if (interrupted) lines.push(chalk.yellow("  ! interrupted: the figures are of a part"));
  return lines;
}

/**
 * Whether a run is not proven only because its tally has not come so far: it decides the rest as
 * soon as it runs.
 */
export function awaitsTally(record: LoadRecord): boolean {
  const { drained, findingCount, agreement } = record;
  const agrees = findingCount === 0 && Object.values(agreement).every(Boolean);
  return !drained && agrees && !lostAny(record);
}

function lostAny({ generator }: LoadRecord): boolean {
  return generator.each.some(({ lost }) => lost !== undefined);
}

/** Whether every ballot is accounted for. */
function correctLine(record: LoadRecord): string {
  const { reconciled, sent, unknown, undecided, lost, double, invented } = record;
  if (reconciled) {
    const all = `every one of ${formatCount(sent - unknown)} `;
    const which = unknown === 0 ? "ballots" : "answered ballots";
    return `${chalk.green.bold("✓ correct")}  ${all}${which} is accounted for`;
  }
  if (awaitsTally(record)) {
    const waiting = `${formatCount(undecided)} ballots wait for the tally, none is lost`;
    return `${chalk.yellow.bold("? correct")}  not known yet: ${waiting}`;
  }
  if (record.findingCount === 0 && lostAny(record)) {
    const nobody = "nobody can account for what a lost process sent";
    return `${chalk.red.bold("✗ correct")}  ${nobody}`;
  }
  const [wrong, twice, foreign] = [lost, double, invented].map(formatCount);
  return (
    `${chalk.red.bold("✗ correct")}  the accounts do not agree: ` +
    `lost ${wrong}, double ${twice}, invented ${foreign}`
  );
}

/** Whether the run held its thresholds. */
function fastLine({ thresholds, generator, reconciled, unknown, verdict }: LoadRecord): string {
  const held = thresholds.filter(({ passed }) => passed).length;
  const missed = chalk.red.bold("✗ fast");
  if (unknown > 0) {
    const judged =
      thresholds.length === 0 ? "" : `; ${held} of ${thresholds.length} thresholds held`;
    return `${missed}     ${formatCount(unknown)} ballots had no answer in time${judged}`;
  }
  if (held < thresholds.length) {
    return `${missed}     ${held} of ${thresholds.length} thresholds held`;
  }
  if (reconciled && verdict === "fail") return `${missed}     ${generator.name} says no: see below`;
  if (thresholds.length === 0) return "· fast     not judged: no threshold was set";
  return `${chalk.green.bold("✓ fast")}     ${held} of ${thresholds.length} thresholds held`;
}

function searchLines({ trials, found, limit }: SearchRecord): string[] {
  const tried = `${trials.length} trials; ballots below are of all of them`;
  if (found === null) return [chalk.red(`  ✗ no rate was found that holds, in ${tried}`)];
  const line = `  ${formatCount(found)} votes/s hold, in ${tried}`;
  if (limit === "system") return [line];
  const more = limit === "generator" ? "the generator was the limit" : "it could not be higher";
  return [line, chalk.yellow(`  ! the system's own limit was not found: ${more}`)];
}
