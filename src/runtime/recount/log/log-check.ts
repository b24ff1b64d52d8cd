import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import type { LedgerReader } from "../../ledger/port.js";
import type { LogReader } from "../../log/port.js";
import { Findings } from "../findings/report.js";
import { type Chain, emptyChain, readChain } from "../ledger/chain.js";
import type { PartitionCheck } from "../ledger/ledger-check.js";
import { LogComparison } from "./log-comparison.js";
import { decideFromLog } from "./log-decisions.js";
import { type Judge, readRecords } from "./log-frames.js";
import type { RecordRules } from "./record-rules.js";

/**
 * Derives every decision of one partition from the log and compares the ledger's with them,
 * ballot by ballot and segment by segment. It reads log and ledger a second time, so that memory
 * holds only 41 bytes a ballot.
 *
 * @param check what the partition's chain alone has shown; later segments are left out
 * @returns how many ballots of the log the ledger does not decide yet
 */
export async function compareWithLog(
  log: LogReader,
  ledger: LedgerReader,
  election: Election,
  partition: number,
  findings: Findings,
  check: PartitionCheck,
  rules: RecordRules,
): Promise<number> {
  const { chain, totals } = check;
  await verifyEnd(log, election, partition, findings, chain.position);
  const judge: Judge = (record) => rules.objectionTo(record, revisionAt(chain, record.position));
  const derived = await decideFromLog(log, election, partition, totals.ballots, findings, judge);
  // The first readings have already reported everything that these second ones find.
  const again = new Findings(election.id);
  const known: Judge = async ({ position, frame }) =>
    derived.refusals.get(position) ?? (frame === undefined ? "damaged" : undefined);
  const records = readRecords(log, election, partition, again, known);
  const comparison = new LogComparison(derived, records, partition, findings);
  for await (const segment of readChain(ledger, election, partition, again, emptyChain())) {
    if (segment.sequence >= chain.segments) break;
    if (!(await comparison.matches(segment))) return 0;
  }
  if (chain.broken || derived.damaged) return 0;
  const behind = comparison.undecided();
  if (behind > 0 && chain.seal !== undefined) {
    const place = { partition, position: chain.position };
    findings.add("log-ahead", place, `${behind} ballots from here on are in no segment yet`);
  }
  return behind;
}

/** A log that was truncated, emptied or made anew ends before what the ledger was made from. */
async function verifyEnd(
  log: LogReader,
  election: Election,
  partition: number,
  findings: Findings,
  decidedTo: number,
): Promise<void> {
  if (decidedTo === 0) return;
  const end = await log.end(election.id, partition).catch((error: unknown) => {
    // Reading the log reports it.
    if (error instanceof VoteError && error.code === "corrupt-log") return decidedTo;
    throw error;
  });
  if (end >= decidedTo) return;
  const what = `the log ends here, but the ledger was made from it up to position ${decidedTo}`;
  findings.add("corrupt-log", { partition, position: end }, what);
}

/** After the chain's end, what the registry says now counts. */
function revisionAt({ stretches }: Chain, position: number): number | undefined {
  return stretches.find(({ positionTo }) => position < positionTo)?.revision;
}
