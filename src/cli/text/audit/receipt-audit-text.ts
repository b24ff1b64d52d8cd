import type { ReceiptAudit } from "../../../runtime/contracts/audit/receipt-audit.js";
import type { ReceiptsAudit } from "../../../runtime/contracts/audit/receipts-audit.js";
import type { DecisionName } from "../../../runtime/core/formats/decision.js";
import { formatCount } from "../../../runtime/text/numbers.js";

/** Renders what `vote audit receipt` has found: that it holds, what it says, what became of it. */
export function receiptAuditText(audit: ReceiptAudit): string {
  const { election, ballotId, choice, receivedAt, partition, position, keyId } = audit;
  // The keys alone do not say what the candidates are called.
  const chosen = audit.outcome === "signed" ? `candidate number ${Number(choice) + 1}` : choice;
  return [
    `✓ The receipt holds: an ingest of election ${election} took this ballot, and signed for it.`,
    "",
    `  ballot    ${ballotId}`,
    `  choice    ${chosen}`,
    `  received  ${new Date(receivedAt).toISOString()}`,
    `  log       partition ${partition}, position ${position}`,
    `  key       ${keyId}`,
    "",
    fateText(audit),
  ].join("\n");
}

function fateText({ outcome, reason, decision, detail, partition, segment }: ReceiptAudit): string {
  const where = `partition ${partition}, segment ${segment} of the ledger`;
  switch (outcome) {
    case "counted":
      return `✓ It is counted: ${where}.`;
    case "rejected":
      return `· It is rejected (${reason}): ${whyRejected(reason)}.`;
    case "repeated":
      return (
        `· It changed nothing: a ballot with the same id came first, with another choice; ` +
        `${decision} in ${where}.`
      );
    case "pending":
      return "· It is pending: it stands in the log, and no tally has decided it yet.";
    case "missing":
      return `✗ It is missing: ${detail}. The promise is broken, and the receipt proves it.`;
    default:
      return "· Nobody has looked what became of it: that takes the ledger and the log.";
  }
}

const reasons: Readonly<Record<Exclude<DecisionName, "counted">, string>> = {
  "already-voted": "another ballot of this voter counts",
  "election-closed": "it stands after the end of its partition",
  "unknown-candidate": "its choice is no candidate",
  "wrong-partition": "it stands in a partition that is not its voter's",
};

function whyRejected(reason: ReceiptAudit["reason"]): string {
  return reason === undefined ? "no reason is known" : reasons[reason];
}

/** Renders what `vote audit receipt` has found in a file with many. */
export function receiptsAuditText({ receipts, outcomes, findings }: ReceiptsAudit): string {
  const wrong = outcomes.missing + outcomes.invalid;
  const held = receipts - outcomes.invalid;
  const verdict =
    wrong === 0
      ? `✓ All ${formatCount(receipts)} receipts hold.`
      : `✗ ${formatCount(held)} of ${formatCount(receipts)} receipts hold.`;
  const counts = Object.entries(outcomes).filter(([, count]) => count > 0);
  const width = Math.max(...counts.map(([, count]) => formatCount(count).length));
  const rows = counts.map(
    ([name, count]) => `  ${name.padEnd(8)}  ${formatCount(count).padStart(width)}`,
  );
  const named = findings.map(({ line, detail }) => `  line ${line}: ${detail}`);
  const more = wrong - findings.length;
  if (more > 0) named.push(`  and ${formatCount(more)} more`);
  return [verdict, "", ...rows, ...(named.length > 0 ? ["", ...named] : [])].join("\n");
}
