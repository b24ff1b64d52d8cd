import type { Certificate } from "../../runtime/core/formats/certificate.js";
import type { RecountReport } from "../../runtime/recount/findings/report.js";
import { formatDuration, formatRate, formatCount as number } from "../../runtime/text/numbers.js";

/**
 * Renders a recount for `vote recount`: the verdict, what agrees with what, the figures, then the
 * findings.
 *
 * @param tookMs how long the recount took
 */
export function recountText(report: RecountReport, tookMs: number): string {
  const width = Math.max(11, ...report.result.map(({ candidate }) => candidate.length)) + 2;
  const ranked = [...report.result].sort((one, other) => other.votes - one.votes);
  const rejected = Object.entries(report.rejected).map(([reason, n]) => `${reason} ${number(n)}`);
  const errors = `${number(report.findingCount)} error${report.findingCount === 1 ? "" : "s"}`;
  const verdict = report.agrees
    ? `✓ The recount of ${report.election} agrees`
    : `✗ The recount of ${report.election} found ${errors}`;
  return [
    `${verdict}: ${workText(report, tookMs)}.`,
    ...(report.agrees ? [agreementText(report)] : []),
    "",
    ...ranked.map(({ candidate, votes }) => `  ${candidate.padEnd(width)}${number(votes)}`),
    "",
    `  ${"counted".padEnd(width)}${number(report.counted)}`,
    `  ${"rejected".padEnd(width)}${rejected.length === 0 ? "0" : rejected.join(", ")}`,
    `  ${"retries".padEnd(width)}${number(report.retriesAbsorbed)} absorbed`,
    ...(report.refusedCount === 0
      ? []
      : [`  ${"passed over".padEnd(width)}${number(report.refusedCount)} records of the log`]),
    `  ${"seals".padEnd(width)}${report.seals.length} of ${report.partitions}`,
    ...(report.digest === undefined ? [] : [`  ${"digest".padEnd(width)}${report.digest}`]),
    ...lateText(report.rejectedInTime),
    ...report.refused.map(
      ({ partition, position, reason }) =>
        `· ${reason}: partition ${partition}, position ${position} is passed over`,
    ),
    ...report.findings.map(({ kind, detail }) => `✗ ${kind}: ${detail}`),
  ].join("\n");
}

/**
 * Says that a result is official, and whether it was so before this recount.
 *
 * @param startedAt when the recount began, in milliseconds since the epoch
 */
export function officialText({ certifiedBy, certifiedAt }: Certificate, startedAt: number): string {
  if (certifiedAt >= startedAt) return "The result is certified: it is official.";
  const since = new Date(certifiedAt).toISOString();
  return `The result is official already: ${certifiedBy} certified it at ${since}.`;
}

function workText({ ballots, segments, partitions }: RecountReport, tookMs: number): string {
  const rate = formatRate(ballots / Math.max(0.001, tookMs / 1_000));
  const where = `${number(segments)} segments of ${number(partitions)} partitions`;
  return `${number(ballots)} ballots in ${where}, in ${formatDuration(tookMs)} (${rate})`;
}

function agreementText({ from, status }: RecountReport): string {
  const what =
    from === "log"
      ? "Each decision, derived again from the log, is the ledger's; its totals and hashes fit"
      : "The ledger's decisions fit its totals and hashes; the log was not read";
  return status === "certified" ? `${what}; the certificate says the same.` : `${what}.`;
}

/** No error of the count: by the rules it is right, but somebody may want to know why. */
function lateText(rejectedInTime: number): string[] {
  if (rejectedInTime === 0) return [];
  return [
    `! ${number(rejectedInTime)} of the ballots rejected as election-closed came in before the ` +
      "end, and reached the log too late to be acknowledged.",
  ];
}
