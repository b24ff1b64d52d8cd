import type { Election } from "../core/election.js";
import { electionClosed } from "../core/formats/decision.js";
import { decodeSegment } from "../core/formats/segment.js";
import type { Ledger } from "../ledger/port.js";
import type { Log } from "../log/port.js";

interface Stores {
  readonly log: Pick<Log, "end">;
  readonly ledger: Pick<Ledger, "get" | "last">;
}

/**
 * Whether nothing is left to do for an election: every partition is sealed, and every record of
 * its log decided.
 *
 * @throws VoteError `log-unavailable`, `ledger-unavailable`, `corrupt-segment`
 */
export async function isFinished(stores: Stores, election: Election): Promise<boolean> {
  for (let partition = 0; partition < election.partitions; partition++) {
    if (!(await isPartitionFinished(stores, election.id, partition))) return false;
  }
  return true;
}

async function isPartitionFinished({ log, ledger }: Stores, election: string, partition: number) {
  const last = await ledger.last(election, partition);
  if (last === undefined) return false;
  const place = `election ${election}, partition ${partition}, last segment`;
  let segment = decodeSegment(last, place);
  const { positionTo } = segment;
  // Only late ballots follow a seal, so it is near the end.
  while (!segment.sealed) {
    if (segment.decisions.some((decision) => decision !== electionClosed)) return false;
    const sequence = segment.sequence - 1;
    const before = await ledger.get({ election, partition, sequence });
    if (before === undefined) return false;
    segment = decodeSegment(before, `election ${election}, partition ${partition}, ${sequence}`);
  }
  return (await log.end(election, partition)) <= positionTo;
}
