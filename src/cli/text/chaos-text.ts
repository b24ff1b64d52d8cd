import type { FaultProgress } from "../../runtime/chaos/election.js";
import { sumOf } from "../../runtime/chaos/totals.js";
import type { ChaosReport } from "../../runtime/contracts/chaos/chaos-report.js";
import {
  countedText,
  formatCount,
  formatDuration,
  formatRate,
} from "../../runtime/text/numbers.js";

const columns = ["faults", "hits", "sent", "acknowledged", "decided", "lost", "double"] as const;
const maxShown = 10;

/** Puts a run's report into words: a table by kind of fault, then the verdict. */
export function chaosText(report: ChaosReport): string {
  const { done, elections, seconds, seed, broken, logs } = report;
  const all = sumOf(report);
  const rows = [...report.totals, all].map((row) => [
    row.kind,
    ...columns.map((column) => formatCount(row[column])),
    formatCount(row.longestStallMs),
  ]);
  const lines = [
    `${countedText(done, "fault")} in ${countedText(elections, "election")}, ` +
      `in ${formatDuration(seconds * 1_000)}, seed ${seed}`,
    "",
    ...table([["fault", ...columns, "stall ms"], ...rows]),
    "",
  ];
  if (broken.length === 0 && done > 0) {
    lines.push(
      `✓ Every promise held: of ${countedText(all.acknowledged, "acknowledged vote")}, ` +
        `${formatCount(all.lost)} lost, ${formatCount(all.double)} double.`,
    );
  }
  if (broken.length > 0) lines.push("✗ A promise was broken:");
  lines.push(...broken.slice(0, maxShown).map((what) => `  ${what}`));
  if (broken.length > maxShown) lines.push(`  and ${formatCount(broken.length - maxShown)} more`);
  if (logs !== undefined) lines.push(`What servers and roles said is in ${logs}`);
  return lines.join("\n");
}

/** The first column to the left, the others, which are figures, to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((text, at) => (at === 0 ? text.padEnd(widths[0]) : text.padStart(widths[at] + 2)))
      .join(""),
  );
}

/** What is known as a fault begins. */
export interface ChaosMoment extends FaultProgress {
  /** How many there will be. */
  readonly faults: number;
  /** Those of this run alone, without this one. */
  readonly injected: number;
  /** Since the first of them. */
  readonly sinceMs: number;
  /** Until no further one begins, if that is bounded. */
  readonly boundMs?: number;
}

/** `Fault 12 of 60: broker-killed, 412/s, 6 min left` */
export function faultText(moment: ChaosMoment): string {
  const { number, faults, kind, acknowledged, elapsedMs, injected, sinceMs, boundMs } = moment;
  const rate = formatRate(acknowledged / Math.max(0.001, elapsedMs / 1_000));
  const text = `Fault ${number} of ${faults}: ${kind}, ${rate}`;
  const needsMs = (sinceMs / injected) * (faults - number + 1);
  const leftMs = Math.min(injected === 0 ? Number.POSITIVE_INFINITY : needsMs, boundMs ?? needsMs);
  return Number.isFinite(leftMs) ? `${text}, ${formatDuration(leftMs)} left` : text;
}
