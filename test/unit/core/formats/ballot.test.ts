import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ballotBytes,
  ballotIdOf,
  ballotWords,
  choiceOf,
  choiceWord,
  readBallot,
  receivedAtWord,
  wordsOf,
  writeBallotId,
} from "../../../../src/runtime/core/formats/ballot.js";
import { writeBallot } from "../../../helpers/data/ballots.js";

const isBallotId = (text: string) => writeBallotId(text, Buffer.alloc(16), 0);
const sixteenBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ballot = fc.record({
  voterTag: sixteenBytes,
  ballotId: sixteenBytes,
  receivedAt: fc.nat(2 ** 48 - 1),
  choice: fc.nat(0xffff),
});

describe("a ballot", () => {
  it("comes back from its 40 bytes, and from its words, at any alignment", () => {
    fc.assert(
      fc.property(fc.array(ballot, { minLength: 1, maxLength: 5 }), fc.nat(7), (ballots, from) => {
        const bytes = Buffer.from(new ArrayBuffer(from + ballots.length * ballotBytes + 3));
        ballots.forEach((one, index) => {
          writeBallot(bytes, from + index * ballotBytes, one);
        });
        const words = wordsOf(bytes, from, ballots.length);
        expect(words.length).toBe(ballots.length * ballotWords);
        ballots.forEach((one, index) => {
          const read = readBallot(bytes, from + index * ballotBytes);
          expect({ ...read, voterTag: [...read.voterTag], ballotId: [...read.ballotId] }).toEqual({
            ...one,
            voterTag: [...one.voterTag],
            ballotId: [...one.ballotId],
          });
          const at = index * ballotWords;
          const high = words[at + choiceWord] & 0xffff;
          expect(high * 2 ** 32 + (words[at + receivedAtWord] >>> 0)).toBe(one.receivedAt);
          expect(ballotIdOf(words, at)).toBe(Buffer.from(one.ballotId).toString("hex"));
          expect(choiceOf(words, at)).toBe(one.choice);
          expect(words[at]).toBe(Buffer.from(one.voterTag).readInt32LE(0));
          expect(words[at + 7]).toBe(Buffer.from(one.ballotId).readInt32LE(12));
        });
      }),
    );
  });

  it("has an id of 32 lower-case hexadecimal digits", () => {
    fc.assert(
      fc.property(sixteenBytes, (bytes) => {
        const text = Buffer.from(bytes).toString("hex");
        const target = Buffer.alloc(20);
        expect(writeBallotId(text, target, 2)).toBe(true);
        expect(target.subarray(2, 18)).toEqual(Buffer.from(bytes));
        expect([target[1], target[18]]).toEqual([0, 0]);
        expect(isBallotId(text.slice(1))).toBe(false);
        expect(isBallotId(`${text}\n`)).toBe(false);
        expect(isBallotId(`${text}0`)).toBe(false);
      }),
    );
    expect(isBallotId("A".repeat(32))).toBe(false);
    expect(isBallotId("g".repeat(32))).toBe(false);
    expect(isBallotId("")).toBe(false);
    expect(isBallotId("\u0130".repeat(32))).toBe(false);
  });
});
