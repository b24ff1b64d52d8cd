import type { TranscriptReport } from "../../contracts/load/transcript.js";
import { formatCount as number } from "../../text/numbers.js";

/** Renders what `vote load verify` has found: the verdict, the figures, then the findings. */
export function transcriptText(report: TranscriptReport): string {
  const { election, engine, sent, resent, acknowledged, refused, unknown, counted } = report;
  const { lost, double, invented, foreign, agreement, findings, findingCount } = report;
  const verdict = report.reconciled
    ? `✓ Every acknowledged ballot is decided once, and nothing was invented.`
    : `✗ ${number(findingCount)} ${findingCount === 1 ? "thing does" : "things do"} not agree.`;
  const decided = Object.entries(report.rejected);
  const rejected = decided.reduce((sum, [, votes]) => sum + votes, 0);
  const row = (label: string, value: number, note = "") =>
    `  ${label.padEnd(14)}${number(value).padStart(11)}${note === "" ? "" : `   ${note}`}`;
  const said = (is: boolean, name: string) => `${is ? "✓" : "✗"} ${name}`;
  const { transcript, view, recount } = agreement;
  return [
    verdict,
    `  Election ${election}, ${engine} engine`,
    "",
    row("sent", sent, resent === 0 ? "" : `and ${number(resent)} sent again`),
    row("acknowledged", acknowledged),
    row("refused", refused, byName(Object.entries(report.refusals))),
    row("unknown", unknown, unknown === 0 ? "" : "sent, and never answered"),
    "",
    row("counted", counted),
    row("rejected", rejected, byName(decided)),
    ...(foreign === 0 ? [] : [row("others'", foreign, "ballots of other clients")]),
    "",
    row("lost", lost),
    row("double", double),
    row("invented", invented),
    "",
    `  Beside the ledger: ${[
      said(transcript, "what was sent"),
      said(view, "view"),
      said(recount, "recount"),
    ].join("  ")}`,
    ...findings.map(({ kind, detail }) => `✗ ${kind}: ${detail}`),
  ].join("\n");
}

function byName(counts: readonly [string, number][]): string {
  return counts.map(([name, count]) => `${name} ${number(count)}`).join(", ");
}
