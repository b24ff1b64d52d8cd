import type { Election } from "../core/election.js";
import { VoteError } from "../core/errors.js";
import { type Frame, openFrame } from "../core/formats/frame.js";
import type { Log } from "../log/port.js";
import { describePlace, type Findings } from "./report.js";

const readBytes = 4 * 1_024 * 1_024;

export interface PositionedFrame {
  readonly position: number;
  readonly frame: Frame;
}

/**
 * A partition's frames from a position of the log up to its end, verified. Ends early at a frame
 * that cannot be read or stands in the wrong place: a finding names it.
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
      const frame = open(bytes, describePlace(election.id, place));
      if (frame instanceof VoteError) {
        const what = frame.message.slice(frame.message.indexOf(": ") + 2);
        findings.add("corrupt-frame", place, `${what}; reading ends here`);
        return;
      }
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

function open(bytes: Uint8Array, place: string): Frame | VoteError {
  try {
    return openFrame(bytes, place);
  } catch (error) {
    if (error instanceof VoteError) return error;
    throw error;
  }
}
