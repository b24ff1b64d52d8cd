import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { instanceOf } from "../core/formats/definition.js";
import { type Frame, openFrame } from "../core/formats/frame.js";
import type { FrameRecord, LogReader } from "../log/port.js";
import type { Findings } from "./report.js";

const readBytes = 4 * 1_024 * 1_024;

export interface PositionedFrame {
  readonly position: number;
  readonly frame: Frame;
}

/**
 * Reads and verifies a partition's frames from a log position to the log's end. Ends early at a
 * frame that is damaged or belongs to another partition, and where records are gone; a finding
 * names it.
 */
export async function* readFrames(
  log: LogReader,
  election: Election,
  partition: number,
  findings: Findings,
  from = 0,
): AsyncGenerator<PositionedFrame> {
  const instance = instanceOf(election);
  for (let next = from; ; ) {
    const records = await recordsOrFinding(log, election, partition, findings, next);
    if (records.length === 0) return;
    for (const { position, bytes } of records) {
      const place = { partition, position };
      const frame = findings.decoded("corrupt-frame", place, (where) => openFrame(bytes, where));
      if (frame === undefined) return;
      if (frame.election !== election.id || frame.partition !== partition) {
        const owner = `election ${frame.election}, partition ${frame.partition}`;
        findings.add("corrupt-frame", place, `it belongs to ${owner}; reading ends here`);
        return;
      }
      if (!instance.equals(frame.instance)) {
        const what = "it belongs to another instance of the election; reading ends here";
        findings.add("corrupt-frame", place, what);
        return;
      }
      yield { position, frame };
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
