import chalk from "chalk";
import { hostFactsSchema } from "../../runtime/contracts/load/host-facts.js";
import { heading, hostText } from "../../runtime/load/report/report-lines.js";
import {
  formatBytes,
  formatCount,
  formatDecimal,
  formatMilliseconds,
  formatRate,
} from "../../runtime/text/numbers.js";

type Fields = Readonly<Record<string, unknown>>;
/** A figure's path in its record, and its value. */
type Figure = readonly [path: readonly string[], value: unknown];

const labelWidth = 28;
const columnWidth = 13;
/** In 80 columns. */
const mostColumns = 4;

/**
 * A benchmark's record as the load report shows a run: a heading for each group, a line for each
 * figure, its unit from its name, and a column for each of several measurements.
 */
export function benchText(record: object): string {
  const { bench, engine, host, ...fields } = record as Fields;
  const tables = Object.entries(fields).filter(([, value]) => isTable(value));
  // What stands in a table is not said twice.
  const inTables = new Set(tables.flatMap(([, rows]) => Object.keys((rows as Fields[])[0])));
  const rest = Object.entries(fields).filter(
    ([name, value]) => !Array.isArray(value) && !inTables.has(name),
  );
  const plain = rest.filter(([, value]) => !isFields(value));
  const groups = rest.filter(([, value]) => isFields(value));
  const what = [`bench ${bench}`, ...(engine === undefined ? [] : [engine])].join(", ");
  const sections = [
    [heading(what), ...figuresOf(Object.fromEntries(plain)).map(figureLine)],
    ...groups.map(([name, value]) => [
      heading(words(name)),
      ...figuresOf(value as Fields).map(figureLine),
    ]),
    ...tables.map(([name, rows]) => tableLines(name, rows as Fields[])),
    hostLines(host),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** Measurements side by side, as many as fit: a column each, under its first field. */
function tableLines(name: string, rows: readonly Fields[]): string[] {
  const lines: string[] = [];
  for (let from = 0; from < rows.length; from += mostColumns) {
    const columns = rows.slice(from, from + mostColumns).map(figuresOf);
    const [[by]] = columns[0];
    const heads = columns.map(([[, value]]) => valueText([""], value).padStart(columnWidth));
    const title =
      name === "rows" ? words(by.join(" ")) : `${words(name)}, by ${words(by.join(" "))}`;
    lines.push(chalk.bold(title.padEnd(labelWidth)) + chalk.dim(heads.join("")));
    const paths = new Map(columns.flat().map(([path]) => [path.join("."), path]));
    for (const [key, path] of paths) {
      if (key === by.join(".")) continue;
      const cells = columns.map((figures) => {
        const found = figures.find(([one]) => one.join(".") === key);
        return (found === undefined ? "" : valueText(path, found[1])).padStart(columnWidth);
      });
      lines.push(`  ${labelOf(path)}`.padEnd(labelWidth) + cells.join(""));
    }
  }
  return lines;
}

function figureLine([path, value]: Figure): string {
  return `  ${labelOf(path)}`.padEnd(labelWidth) + valueText(path, value).padStart(columnWidth);
}

function figuresOf(fields: Fields): Figure[] {
  return Object.entries(fields).flatMap(([name, value]): Figure[] => {
    if (!isFields(value)) return [[[name], value]];
    return figuresOf(value).map(([path, figure]) => [[name, ...path], figure]);
  });
}

/** `votes per CPU second` for `votesPerCpuSecond`, `latency p99` for `latencyMs.p99`. */
function labelOf(path: readonly string[]): string {
  const name = path.map((one) => one.replace(unitOf(one) ?? "", "")).join(" ");
  return words(name).trim() || "time";
}

const units = /(?<!Cpu)(PerSecond|Ms|MiB|Seconds|(?<=resident)Bytes)$|^seconds$/;

function unitOf(name: string): string | undefined {
  return units.exec(name)?.[0];
}

function valueText(path: readonly string[], value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return String(value);
  switch (path.map(unitOf).find((unit) => unit !== undefined)) {
    case "PerSecond":
      return formatRate(value);
    case "Ms":
      return `${formatMilliseconds(value)} ms`;
    case "MiB":
      return `${formatCount(value)} MiB`;
    case "Bytes":
      return formatBytes(value);
    case "Seconds":
    case "seconds":
      return `${formatDecimal(value)} s`;
    default:
      return Number.isInteger(value) ? formatCount(value) : formatDecimal(value);
  }
}

/** `bare fastify` for `bareFastify`. */
function words(name: string): string {
  const spaced = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.replace(/\bcpu\b/g, "CPU").replace(/\bp999\b/g, "p99.9");
}

function hostLines(host: unknown): string[] {
  const { data } = hostFactsSchema.safeParse(host);
  if (data === undefined) return [];
  return [chalk.dim(`host: ${hostText(data)}`)];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTable(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.length > 0 && value.every(isFields);
}
