import { ballotBytes, ballotIdOffset, idBytes } from "../../../src/runtime/core/formats/ballot.js";
import {
  allocateFrame,
  closeFrame,
  type Frame,
  frameHeaderBytes,
  openFrame,
  sealFrame,
} from "../../../src/runtime/core/formats/frame.js";
import type { FrameRecord, Log, OutgoingFrame } from "../../../src/runtime/log/port.js";
import { signedFrame, testKeys } from "../data/test-keys.js";
import { type Build, logWith, type Planted } from "./broken-run.js";

/** The ids of a frame's ballots, in hexadecimal. */
function ballotIdsOf({ bytes, ballotCount }: Frame): string[] {
  return Array.from({ length: ballotCount }, (_, ballot) => {
    const from = frameHeaderBytes + ballot * ballotBytes + ballotIdOffset;
    return bytes.toString("hex", from, from + idBytes);
  });
}

/** What reaches the tally of a record: the record, another one, or nothing. */
type Tamper = (record: FrameRecord, frame: Frame, partition: number) => FrameRecord | undefined;

/** A log whose subscription hands the tally something else than was read. */
function tamperedFeed(log: Log, tamper: Tamper): Log {
  return logWith(log, {
    subscribe: (topics, handler) =>
      log.subscribe(topics, {
        assigned: (...place) => handler.assigned(...place),
        revoked: (...place) => handler.revoked(...place),
        failed: (...failure) => handler.failed(...failure),
        async records(topic, partition, records, alive) {
          const passed = records.flatMap(
            (record) => tamper(record, openFrame(record.bytes, "feed"), partition) ?? [],
          );
          const after = records[records.length - 1].position + 1;
          if (passed.length === 0) return after;
          await handler.records(topic, partition, passed, alive);
          return after;
        },
      }),
  });
}

/** A build in which the feed between log and tally tampers with one frame that has ballots. */
function oneFrameTampered(
  armed: boolean,
  tamper: (record: FrameRecord, frame: Frame) => readonly [FrameRecord | undefined, string[]],
): Build {
  let planted: Planted | undefined;
  const feed: Tamper = (record, frame, partition) => {
    const isIt = partition === 2 && record.position >= 1 && frame.ballotCount > 1;
    if (!armed || planted !== undefined || !isIt) return record;
    const [passed, ballotIds] = tamper(record, frame);
    planted = { ballotIds, partition, position: record.position };
    return passed;
  };
  return {
    tallies: [(engine) => ({ ...engine, log: tamperedFeed(engine.log, feed) })],
    planted: () => planted,
  };
}

export function dropsFrame(armed: boolean): Build {
  return oneFrameTampered(armed, (_, frame) => [undefined, ballotIdsOf(frame)]);
}

/** @param edit changes the first of a frame's ballots; hashes and signature are made to fit */
export function editsBallot(armed: boolean, edit: (ballot: Buffer) => void): Build {
  return oneFrameTampered(armed, (record, frame) => {
    const buffer = allocateFrame(frame.ballotCount);
    frame.bytes.copy(buffer);
    edit(buffer.subarray(frameHeaderBytes, frameHeaderBytes + ballotBytes));
    const keyId = Buffer.from(testKeys.frames.id, "hex");
    const sealed = sealFrame(buffer, { ...frame, keyId }, frame.ballotCount);
    const bytes = signedFrame(sealed, testKeys.frames);
    return [{ ...record, bytes }, ballotIdsOf(frame).slice(0, 1)];
  });
}

/** The tally of one partition never sees that the election has ended. */
export function dropsCloseMarker(armed: boolean): Build {
  let planted: Planted | undefined;
  const feed: Tamper = (record, frame, partition) => {
    if (!armed || frame.kind !== closeFrame || partition !== 1) return record;
    planted = { ballotIds: [], partition, position: record.position };
    return undefined;
  };
  return {
    tallies: [(engine) => ({ ...engine, log: tamperedFeed(engine.log, feed) })],
    planted: () => planted,
  };
}

/** Answers that a frame is durable, with a place for it, and has thrown it away. */
export function acknowledgesWithoutAppending(armed: boolean): Build {
  let planted: Planted | undefined;
  const discards = ({ partition, bytes }: OutgoingFrame, position: number) => {
    const frame = openFrame(bytes, "appender");
    if (!armed || planted !== undefined || partition !== 1 || frame.ballotCount < 2) return false;
    planted = { ballotIds: ballotIdsOf(frame), partition, position };
    return true;
  };
  return {
    appender: ({ log }, { id }) =>
      logWith(log, {
        async append(frames) {
          const ends = await Promise.all(frames.map(({ partition }) => log.end(id, partition)));
          const lost = frames.map((frame, at) => ends[at] >= 1 && discards(frame, ends[at]));
          const kept = frames.filter((_, at) => !lost[at]);
          const positions = kept.length === 0 ? [] : await log.append(kept);
          return frames.map((_, at) => (lost[at] ? ends[at] : (positions.shift() ?? -1)));
        },
      }),
    planted: () => planted,
  };
}
