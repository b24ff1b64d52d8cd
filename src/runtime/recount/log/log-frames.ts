import type { Election } from "../../core/election.js";
import { VoteError } from "../../core/errors.js";
import { openFrame } from "../../core/formats/frame.js";
import { hashOfBytes, hashOfFrame } from "../../core/formats/log-digest.js";
import type { RefusalReason } from "../../core/formats/refusal.js";
import type { FrameRecord, LogReader } from "../../log/port.js";
import type { Findings } from "../findings/report.js";
import type { ReadRecord } from "./record-rules.js";

const readBytes = 4 * 1_024 * 1_024;

/** Says why a record is passed over; "damaged" for one that nobody may pass over. */
export type Judge = (record: ReadRecord) => Promise<RefusalReason | "damaged" | undefined>;

/** A record that was judged: a frame to decide, or what is passed over. */
export interface JudgedRecord extends ReadRecord {
  readonly reason: RefusalReason | undefined;
}

/**
 * Reads and judges a partition's records from a log position to the log's end. Ends early at one
 * that is damaged, and where records are gone; a finding names it.
 */
export async function* readRecords(
  log: LogReader,
  election: Election,
  partition: number,
  findings: Findings,
  judge: Judge,
  from = 0,
): AsyncGenerator<JudgedRecord> {
  for (let next = from; ; ) {
    const records = await recordsOrFinding(log, election, partition, findings, next);
    if (records.length === 0) return;
    const opened = records.map(open);
    const objections = await Promise.all(opened.map(judge));
    for (const [index, reason] of objections.entries()) {
      const record = opened[index];
      if (reason === "damaged") {
        const place = { partition, position: record.position };
        findings.decoded("corrupt-frame", place, (where) => openFrame(records[index].bytes, where));
        return;
      }
      yield { ...record, reason };
    }
    next = records[records.length - 1].position + 1;
  }
}

/** A log that has lost records, or is gone altogether, is a finding and ends there. */
async function recordsOrFinding(
  log: LogReader,
  election: Election,
  partition: number,
  findings: Findings,
  position: number,
): Promise<FrameRecord[]> {
  try {
    return await log.read(election.id, partition, position, readBytes);
  } catch (error) {
    if (!(error instanceof VoteError && error.code === "corrupt-log")) throw error;
    // Before an election is opened, its log need not be there.
    if (election.openedAt === undefined) return [];
    findings.add("corrupt-log", { partition, position }, error.message);
    return [];
  }
}

function open({ position, bytes }: FrameRecord): ReadRecord {
  try {
    const frame = openFrame(bytes, "record");
    return { position, hash: hashOfFrame(frame), frame };
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    return { position, hash: hashOfBytes(bytes), frame: undefined };
  }
}
