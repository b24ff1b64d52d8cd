import type { Election } from "../../../src/runtime/core/election.js";
import { type Ballot, ballotBytes } from "../../../src/runtime/core/formats/ballot.js";
import {
  allocateFrame,
  ballotsFrame,
  closeMarker,
  frameHeaderBytes,
  sealFrame,
} from "../../../src/runtime/core/formats/frame.js";
import { instanceBytes } from "./identity.js";
import { signedFrame, testKeys } from "./test-keys.js";

/** Where docs/formats.md puts a ballot's choice among its 40 bytes. */
export const choiceOffset = 38;

/** Writes the ballot at byte `at`, field by field as docs/formats.md says. */
export function writeBallot(target: Buffer, at: number, ballot: Ballot): void {
  target.set(ballot.voterTag, at);
  target.set(ballot.ballotId, at + 16);
  target.writeUIntLE(ballot.receivedAt, at + 32, 6);
  target.writeUInt16LE(ballot.choice, at + choiceOffset);
}

/** After every ballot of `ballotOf` was received. */
export const closingTime = 1_700_000_999_000;

/** 16 bytes that spell a number in their first and last word. */
export function numbered(value: number): Buffer {
  const id = Buffer.alloc(16);
  id.writeUInt32LE(value, 0);
  id.writeUInt32LE(Math.imul(value, 0x9e3779b1) >>> 0, 4);
  id.writeUInt32LE(value, 12);
  return id;
}

export function ballotOf(voter: number, ballot: number, choice = 0): Ballot {
  return {
    voterTag: numbered(voter),
    ballotId: numbered(ballot),
    receivedAt: 1_700_000_000_000 + ballot,
    choice,
  };
}

const producerId = Buffer.alloc(16, 7);

/** @param election the record, or the id of one that tests have made up (identity.ts) */
export function frameOf(
  election: string | Pick<Election, "id" | "instance">,
  partition: number,
  ballots: readonly Ballot[],
  producerSequence = 1,
  key = testKeys.frames,
): Buffer {
  const buffer = allocateFrame(ballots.length);
  ballots.forEach((ballot, index) => {
    writeBallot(buffer, frameHeaderBytes + index * ballotBytes, ballot);
  });
  const producer = { producerId, producerSequence, keyId: Buffer.from(key.id, "hex") };
  const header = { kind: ballotsFrame, partition, ...producer, ...homeOf(election) } as const;
  return signedFrame(sealFrame(buffer, header, ballots.length), key);
}

export function markerOf(
  election: string | Pick<Election, "id" | "instance">,
  partition: number,
  key = testKeys.admin,
): Buffer {
  const producer = { producerId, producerSequence: 1, keyId: Buffer.from(key.id, "hex") };
  return signedFrame(closeMarker({ ...homeOf(election), partition, ...producer }), key);
}

const homeOf = (election: string | Pick<Election, "id" | "instance">) => ({
  election: typeof election === "string" ? election : election.id,
  instance: instanceBytes(election),
});
