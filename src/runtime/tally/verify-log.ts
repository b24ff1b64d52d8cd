import { VoteError } from "../core/errors.js";
import { hashOfRecord } from "../core/formats/log-digest.js";
import type { Log } from "../log/port.js";

interface LogPlace {
  readonly log: Pick<Log, "read" | "end">;
  readonly election: string;
  readonly partition: number;
}

/**
 * Verifies that the log still has the last record that a chain covers: otherwise it is another log.
 *
 * @param position up to where the chain covers it
 * @throws VoteError `corrupt-log`
 */
export async function verifyLog(
  { log, election, partition }: LogPlace,
  position: number,
  lastRecordHash: Buffer,
): Promise<void> {
  if (position === 0) return;
  const last = position - 1;
  const end = await log.end(election, partition);
  const found = end > last ? await log.read(election, partition, last, 1) : [];
  const [record] = found;
  if (record?.position === last && lastRecordHash.equals(hashOfRecord(record.bytes))) return;
  const place = `election ${election}, partition ${partition}, position ${last}`;
  const what = record === undefined ? `the log ends at ${end}` : "another record stands here";
  throw new VoteError(
    "corrupt-log",
    `${place}: ${what}; the log is not the one that this ledger was made from`,
    { hint: "Restore the log that was there, or recount from the ledger what it has decided." },
  );
}
