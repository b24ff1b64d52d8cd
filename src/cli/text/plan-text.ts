import type { RolePlan } from "../../runtime/plan/input.js";
import type { Plan } from "../../runtime/plan/plan.js";
import {
  formatEstimate as amount,
  formatCount as count,
  formatCompact,
  formatPercent,
} from "../../runtime/text/numbers.js";

const width = 80;
const columns = [
  ["processes", 10],
  ["cores", 7],
  ["memory GiB", 12],
  ["network MB/s", 14],
  ["disk GB", 9],
  ["$ an hour", 11],
  ["$ in all", 10],
] as const;
const roleWidth = width - columns.reduce((sum, [, columnWidth]) => sum + columnWidth, 0);

/** Lays a plan out in 80 columns: the demand, what each role takes, warnings and assumptions. */
export function planText(plan: Plan): string {
  const { flow } = plan;
  return [
    `${count(plan.votesPerSecond)} votes/s at the peak, ${count(plan.voters)} voters, ` +
      `${count(plan.viewers)} viewers`,
    `${duration(plan.durationSeconds)} at ${count(plan.averagePerSecond)} votes/s on average; ` +
      `${formatPercent(1 - plan.utilization, 0)} headroom`,
    "",
    head(),
    ...plan.roles.map((role) => row(role.role, role)),
    row("total", plan.total),
    "",
    `partitions     ${count(plan.partitions)}${recommendation(plan)}`,
    `frames         ${count(flow.framesPerSecond)}/s, ${amount(flow.ballotsPerFrame)} ballots each`,
    `segments       ${count(flow.segmentsPerSecond)}/s, ` +
      `${amount(flow.ballotsPerSegment)} ballots each`,
    `write units    ${count(flow.writeUnitsPerSecond)}/s, ` +
      `${count(flow.writeUnitsPerPartition)}/s on each partition key`,
    `tally's start  ${seconds(plan.tallyStartSeconds)}, for one that takes over at the end`,
    `recount        ${seconds(plan.recountSeconds)}, on one core`,
    "",
    ...section("Warnings", plan.warnings),
    ...section("Assumptions", plan.assumptions),
    ...wrap("All constants, where they were measured, and the prices: --json.", ""),
  ].join("\n");
}

function recommendation({ partitions, recommendedPartitions }: Plan): string {
  return partitions === recommendedPartitions ? "" : ` (recommended: ${recommendedPartitions})`;
}

function head(): string {
  return "role".padEnd(roleWidth) + columns.map(([name, size]) => name.padStart(size)).join("");
}

function row(name: string, role: Omit<RolePlan, "role">): string {
  const cells = [
    role.processes === 0 ? "service" : count(role.processes),
    role.cores === 0 ? "–" : count(role.cores),
    role.memoryGiB === 0 ? "–" : amount(role.memoryGiB),
    amount(role.networkMBPerSecond),
    role.diskGB === 0 ? "–" : amount(role.diskGB),
    dollars(role.dollarsPerHour),
    dollars(role.dollars),
  ];
  return name.padEnd(roleWidth) + cells.map((cell, at) => fitted(cell, columns[at][1])).join("");
}

/** Right-aligns a cell after a space, and shortens a figure that is too wide: 1.2B. */
function fitted(cell: string, size: number): string {
  const text = cell.length < size ? cell : formatCompact(Number(cell.replaceAll(",", "")));
  return text.padStart(size);
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [title, ...lines.flatMap((line) => wrap(line, "  ")), ""];
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && indent.length + current.length + word.length + 1 > width) {
      lines.push(current);
      current = indent;
    }
    current += current === "" || current === indent ? word : ` ${word}`;
  }
  return [...lines, current].map((line, at) => (at === 0 ? `${indent && "- "}${line}` : line));
}

const dollars = (value: number) => (value < 100 ? value.toFixed(2) : count(value));

function seconds(value: number): string {
  return value < 120 ? `${amount(value)} s` : duration(value);
}

function duration(value: number): string {
  if (value < 120) return `${amount(value)} s`;
  return value < 7_200 ? `${amount(value / 60)} min` : `${amount(value / 3_600)} h`;
}
