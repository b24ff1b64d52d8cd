import type { RecountReport } from "../../runtime/recount/report.js";
import { formatCount as number } from "../../runtime/text/numbers.js";

/** Renders a recount for `vote recount`: the verdict, the figures, then the findings. */
export function recountText(report: RecountReport): string {
  const width = Math.max(10, ...report.result.map(({ candidate }) => candidate.length)) + 2;
  const ranked = [...report.result].sort((one, other) => other.votes - one.votes);
  const rejected = Object.entries(report.rejected).map(([reason, n]) => `${reason} ${number(n)}`);
  const verdict = report.agrees
    ? `✓ The recount of ${report.election} agrees`
    : `✗ The recount of ${report.election} found ${number(report.findingCount)} errors`;
  return [
    `${verdict} (from the ${report.from}, ${number(report.segments)} segments).`,
    "",
    ...ranked.map(({ candidate, votes }) => `  ${candidate.padEnd(width)}${number(votes)}`),
    "",
    `  ${"counted".padEnd(width)}${number(report.counted)}`,
    `  ${"rejected".padEnd(width)}${rejected.length === 0 ? "0" : rejected.join(", ")}`,
    `  ${"retries".padEnd(width)}${number(report.retriesAbsorbed)} absorbed`,
    `  ${"seals".padEnd(width)}${report.seals.length} of ${report.partitions}`,
    ...(report.digest === undefined ? [] : [`  ${"digest".padEnd(width)}${report.digest}`]),
    ...report.findings.map(({ kind, detail }) => `✗ ${kind}: ${detail}`),
  ].join("\n");
}
