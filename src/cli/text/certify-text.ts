import type { CertifyVerdict } from "../../runtime/recount/certifier/certify-once.js";
import { formatCount } from "../../runtime/text/numbers.js";

/**
 * Says of one election that it is official, with its winner first, or why it is not.
 *
 * @param reason what kept it from that
 */
export function verdictText(verdict: CertifyVerdict, reason = ""): string {
  const { election, certificate, already } = verdict;
  if (certificate === undefined) return `✗ ${election} is not official: ${reason}`;
  const { result, digest, certifiedBy, certifiedAt } = certificate;
  const width = Math.max(9, ...result.map(({ candidate }) => candidate.length)) + 2;
  const ranked = [...result].sort((one, other) => other.votes - one.votes);
  const since = new Date(certifiedAt).toISOString();
  return [
    already === true
      ? `✓ ${election} is official already, by ${certifiedBy} since ${since}.`
      : `✓ ${election} is official: ledger, log and live count agree.`,
    ...ranked.map(({ candidate, votes }) => `  ${candidate.padEnd(width)}${formatCount(votes)}`),
    `  ${"digest".padEnd(width)}${digest}`,
  ].join("\n");
}
