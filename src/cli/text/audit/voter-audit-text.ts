import type { VoterAudit } from "../../../runtime/contracts/audit/voter-audit.js";
import { keptRejections } from "../../../runtime/core/formats/decision.js";

/** Renders what `vote audit voter` has found. */
export function voterAuditText(audit: VoterAudit): string {
  const { election, partition, counted, rejected, undecided } = audit;
  const lines =
    counted === undefined
      ? [`· No ballot of this voter is counted in election ${election}.`]
      : [`✓ This voter has voted in election ${election}.`, "", line("counted", counted)];
  if (rejected.length > 0) {
    if (counted === undefined) lines.push("");
    for (const ballot of rejected) lines.push(line(`rejected (${ballot.reason})`, ballot));
    if (rejected.length >= keptRejections) lines.push("  Further rejected ballots are not kept.");
  }
  lines.push("", `  By all of partition ${partition} of the ledger, up to now.`);
  if (undecided) {
    lines.push("  The log goes on: ballots that no tally has decided may be this voter's.");
  }
  if (counted === undefined && rejected.length === 0) {
    lines.push("  An id that is not the voter's to the letter is another voter; so is one without");
    lines.push("  its --issuer, if an identity provider's token named the voter.");
  }
  return lines.join("\n");
}

type Decided = NonNullable<VoterAudit["counted"]>;

function line(decision: string, { ballotId, receivedAt, segment }: Decided): string {
  const received = new Date(receivedAt).toISOString();
  return `  ${decision}: ballot ${ballotId}, received ${received}, segment ${segment}`;
}
