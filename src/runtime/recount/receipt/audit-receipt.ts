import type { ReceiptAudit } from "../../contracts/audit/receipt-audit.js";
import type { VoteKeys } from "../../contracts/http/vote-keys.js";
import type { Election } from "../../core/election.js";
import { type Receipt, readReceipt } from "../../core/formats/receipt.js";
import { verifiedElection } from "../../core/trail.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import type { RegistryReader } from "../../registry/port.js";
import { traceBallots } from "./trace-ballots.js";
import { signerOfReceipt } from "./verify-receipt.js";

/** What an auditor of receipts reads. */
export interface Evidence {
  readonly log: LogReader;
  readonly ledger: LedgerReader;
  readonly registry: RegistryReader;
}

/**
 * Verifies a receipt alone, without any store.
 *
 * @throws VoteError `corrupt-receipt` or `unknown-election`
 */
export async function verifyReceipt(text: string, keys: VoteKeys): Promise<ReceiptAudit> {
  const receipt = readReceipt(text);
  await signerOfReceipt(receipt, keys);
  return { ...factsOf(receipt, String(receipt.ballot.choice)), outcome: "signed" };
}

/**
 * Verifies a receipt by the election's record, and says what has become of its ballot.
 *
 * @throws VoteError as `verifyReceipt` does; `corrupt-registry`, `corrupt-segment` or `corrupt-log`
 *   for damage, which says where to look before anybody is blamed
 */
export async function auditReceipt(text: string, evidence: Evidence): Promise<ReceiptAudit> {
  const receipt = readReceipt(text);
  const { election: id } = receipt.frame;
  const election = verifiedElection(id, await evidence.registry.history(id));
  await signerOfReceipt(receipt, keysOf(election));
  if (election === undefined) throw new Error("no key of an unknown election is trusted");
  const { choice } = receipt.ballot;
  const chosen = election.candidates[choice]?.id ?? String(choice);
  const place = { ...evidence, election };
  const [fate] = await traceBallots(place, receipt.frame.partition, [receipt]);
  return { ...factsOf(receipt, chosen), ...fate };
}

/** The keys that an election trusts, as `/.well-known/vote-keys.json` has them. */
export function keysOf(election: Election | undefined): VoteKeys {
  if (election === undefined) return { elections: [] };
  const { id, instance, signers: keys } = election;
  return { elections: [{ id, instance, keys }] };
}

function factsOf({ frame, position, ballot }: Receipt, choice: string) {
  return {
    election: frame.election,
    ballotId: Buffer.from(ballot.ballotId).toString("hex"),
    choice,
    receivedAt: ballot.receivedAt,
    partition: frame.partition,
    position,
    keyId: Buffer.from(frame.keyId).toString("hex"),
  };
}
