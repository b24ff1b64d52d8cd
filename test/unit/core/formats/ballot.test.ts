import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ballotBytes,
  ballotIdOf,
  ballotWords,
  choiceOf,
  choiceWord,
  readBallot,
  readBallotId,
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

describe("a ballot id as text", () => {
  const digits = "00ff12ab34cd56ef7890fedcba098765";
  const written = (text: string) => {
    const alone = new Uint8Array(20).fill(7);
    const among = new Uint8Array(20).fill(7);
    const isId = writeBallotId(text, alone, 2);
    expect(readBallotId(Buffer.from(`{${text}}`, "latin1"), 1, among, 2)).toBe(isId);
    if (isId) expect(among).toEqual(alone);
    return isId ? Buffer.from(alone) : undefined;
  };

  it("is its 16 bytes, whether it stands alone or among others, and nothing beside them", () => {
    const bytes = Buffer.concat([
      Buffer.alloc(2, 7),
      Buffer.from(digits, "hex"),
      Buffer.alloc(2, 7),
    ]);
    expect(written(digits)).toEqual(bytes);
    expect(written("f".repeat(32))).toEqual(
      Buffer.concat([Buffer.alloc(2, 7), Buffer.alloc(16, 255), Buffer.alloc(2, 7)]),
    );
  });

  it("has lower-case hexadecimal digits in every place", () => {
    for (let at = 0; at < digits.length; at++) {
      for (const other of ["g", "F", "/", ":", "`", " ", "\u0000", "\u00e9"]) {
        expect(written(digits.slice(0, at) + other + digits.slice(at + 1))).toBeUndefined();
      }
    }
  });

  it("has 32 digits", () => {
    for (const text of ["", digits.slice(1), `${digits}0`]) {
      expect(writeBallotId(text, new Uint8Array(32), 0)).toBe(false);
    }
    expect(readBallotId(Buffer.from(digits.slice(1)), 0, new Uint8Array(16), 0)).toBe(false);
  });
});
