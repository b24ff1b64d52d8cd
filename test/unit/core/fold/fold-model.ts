import { createHash } from "node:crypto";
import fc from "fast-check";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import {
  allocateFrame,
  ballotsFrame,
  closeMarker,
  type Frame,
  frameHeaderBytes,
  openFrame,
  sealFrame,
} from "../../../../src/runtime/core/formats/frame.js";
import { writeBallot } from "../../../helpers/data/ballots.js";

/** How many rejected ballots of one voter are kept: docs/formats.md says so. */
const mostKept = 16;

/** A ballot by small numbers, so that voters and ballot ids meet often. */
export interface SmallBallot {
  readonly voter: number;
  readonly id: number;
  readonly choice: number;
}

/** One record of the log: ballots, or the close marker. */
export type SmallFrame = readonly SmallBallot[] | "close";

export const candidates = 3;

export const smallBallot: fc.Arbitrary<SmallBallot> = fc.record({
  voter: fc.nat(5),
  id: fc.nat(4),
  choice: fc.nat(candidates),
});

/** Ballots of two voters with many ids: soon more are rejected than are kept. */
export const busyBallot: fc.Arbitrary<SmallBallot> = fc.record({
  voter: fc.nat(1),
  id: fc.nat(60),
  choice: fc.nat(candidates),
});

export const busyLog: fc.Arbitrary<SmallFrame[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.array(busyBallot, { maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constant("close" as const) },
  ),
  { maxLength: 12 },
);

export const smallLog: fc.Arbitrary<SmallFrame[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.array(smallBallot, { maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constant("close" as const) },
  ),
  { maxLength: 12 },
);

const sixteenBytes = (text: string) => createHash("sha256").update(text).digest().subarray(0, 16);

export function encodeBallots(ballots: readonly SmallBallot[], target: Buffer, from: number): void {
  ballots.forEach((ballot, index) => {
    writeBallot(target, from + index * ballotBytes, {
      voterTag: sixteenBytes(`voter ${ballot.voter}`),
      ballotId: sixteenBytes(`ballot ${ballot.id}`),
      receivedAt: 1_767_225_600_000 + index,
      choice: ballot.choice,
    });
  });
}

export function encodeFrame(frame: SmallFrame, producerSequence: number): Buffer {
  const header = {
    election: "fold",
    instance: Buffer.alloc(16, 5),
    partition: 0,
    producerId: Buffer.alloc(16, 7),
    producerSequence,
  };
  if (frame === "close") return closeMarker(header);
  const buffer = allocateFrame(frame.length);
  encodeBallots(frame, buffer, frameHeaderBytes);
  return sealFrame(buffer, { ...header, kind: ballotsFrame }, frame.length);
}

export const frameOf = (frame: SmallFrame, producerSequence = 1): Frame =>
  openFrame(encodeFrame(frame, producerSequence), "test");

export type ModelDecision =
  | "counted"
  | "already-voted"
  | "election-closed"
  | "unknown-candidate"
  | "wrong-partition"
  | "absorbed-retry"
  | "rejected-unkept";

/** The rules once more, written for reading: what each ballot of the log becomes, in order. */
export function modelDecisions(log: readonly SmallFrame[]): ModelDecision[] {
  const firstBallot = new Map<number, number>();
  const rejected = new Map<number, Set<number>>();
  const decisions: ModelDecision[] = [];
  let closed = false;
  for (const frame of log) {
    if (frame === "close") {
      closed = true;
      continue;
    }
    for (const { voter, id, choice } of frame) {
      const kept = rejected.get(voter) ?? new Set();
      rejected.set(voter, kept);
      const decidedBefore = firstBallot.get(voter) === id || kept.has(id);
      let decision: ModelDecision = "counted";
      if (decidedBefore) decision = "absorbed-retry";
      else if (closed) decision = "election-closed";
      else if (choice >= candidates) decision = "unknown-candidate";
      else if (firstBallot.has(voter)) decision = "already-voted";
      if (decision === "counted") firstBallot.set(voter, id);
      else if (decision !== "absorbed-retry") {
        if (kept.size < mostKept) kept.add(id);
        else decision = "rejected-unkept";
      }
      decisions.push(decision);
    }
  }
  return decisions;
}

export const ballotsOf = (log: readonly SmallFrame[]): SmallBallot[] =>
  log.flatMap((frame) => (frame === "close" ? [] : frame));
