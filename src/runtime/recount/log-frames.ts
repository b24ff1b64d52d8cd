import type { Election } from "../core/election.js";

import { type Frame, openFrame } from "../core/formats/frame.js";
import type { Log } from "../log/port.js";
import type { Findings } from "./report.js";

const readBytes = 4 * 1_024 * 1_024;

export interface PositionedFrame {
  readonly position: number;
  readonly frame: Frame;
}

/**
 * Reads and verifies a partition's frames from a log position to the log's end. Ends early at a
 * frame that is damaged or belongs to another partition; a finding names it.
 */
export async function* readFrames(
  log: Log,
  election: Election,
  partition: number,
  findings: Findings,
  from = 0,
): AsyncGenerator<PositionedFrame> {
  for (let next = from; ; ) {
    const records = await log.read(election.id, partition, next, readBytes);
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
      yield { position, frame };
    }
    next = records[records.length - 1].position + 1;
  }
}
