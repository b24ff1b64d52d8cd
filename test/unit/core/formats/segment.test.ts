import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import { hashBytes } from "../../../../src/runtime/core/formats/bytes.js";
import { refusalReasons } from "../../../../src/runtime/core/formats/refusal.js";
import {
  decodeSegment,
  encodeSegment,
  maxBallotsPerSegment,
  maxRefusedPerSegment,
} from "../../../../src/runtime/core/formats/segment.js";
import {
  maxBallotsPerFrame,
  maxCandidates,
  maxSegmentBytes,
} from "../../../../src/runtime/core/limits.js";

const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
const refused = fc.record({
  position: fc.maxSafeNat(),
  reason: fc.constantFrom(...refusalReasons),
  hash: bytesOf(hashBytes),
});
const header = fc.record({
  election: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/),
  instance: bytesOf(16),
  definitionHash: bytesOf(hashBytes),
  revision: fc.nat(2 ** 32 - 1),
  partition: fc.nat(1_023),
  sequence: fc.maxSafeNat(),
  positionFrom: fc.maxSafeNat(),
  positionTo: fc.maxSafeNat(),
  logDigest: bytesOf(hashBytes),
  lastRecordHash: bytesOf(hashBytes),
  sealed: fc.boolean(),
  retriesAbsorbed: fc.maxSafeNat(),
  counts: fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 20 }),
  rejections: fc.array(fc.maxSafeNat(), { minLength: 4, maxLength: 4 }),
  unkept: fc.array(fc.maxSafeNat(), { minLength: 4, maxLength: 4 }),
  refused: fc.array(refused, { maxLength: 4 }),
  previousHash: bytesOf(hashBytes),
});

function randomSegment(candidates: number, ballots: number, refusals = 2): Buffer {
  const fields = {
    election: "segment-test",
    instance: randomBytes(16),
    definitionHash: randomBytes(hashBytes),
    revision: 2,
    partition: 3,
    sequence: 17,
    positionFrom: 100,
    positionTo: 120,
    logDigest: randomBytes(hashBytes),
    lastRecordHash: randomBytes(hashBytes),
    sealed: false,
    retriesAbsorbed: 4,
    counts: Array.from({ length: candidates }, (_, index) => index * 1_000),
    rejections: [1, 2, 3, 4],
    unkept: [0, 2, 1, 0],
    refused: Array.from({ length: refusals }, (_, index) => {
      const reason = refusalReasons[index % refusalReasons.length];
      return { position: 100 + index, reason, hash: randomBytes(hashBytes) };
    }),
    previousHash: randomBytes(hashBytes),
  };
  const decisions = randomBytes(ballots).map((byte) => byte & 3);
  return encodeSegment(fields, randomBytes(ballots * ballotBytes), decisions);
}

function expectDamage(bytes: Uint8Array, what = /./): void {
  let thrown: unknown;
  try {
    decodeSegment(bytes, "election e, partition 3, segment 17");
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof VoteError)) expect.fail(`not refused: ${String(thrown)}`);
  expect(thrown.code).toBe("corrupt-segment");
  expect(thrown.message).toMatch(/^election e, partition 3, segment 17: ./);
  expect(thrown.message).toMatch(what);
}

function flipped(segment: Buffer, at: number, mask: number): Buffer {
  const damaged = Buffer.from(segment);
  damaged[at] ^= mask;
  return damaged;
}

describe("a segment", () => {
  it("gives back what was encoded", () => {
    const decided = fc.array(
      fc.tuple(fc.uint8Array({ minLength: ballotBytes, maxLength: ballotBytes }), fc.nat(4)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(header, decided, (fields, rows) => {
        const ballots = Buffer.concat(rows.map(([ballot]) => ballot));
        const decisions = Uint8Array.from(rows, ([, decision]) => decision);
        const bytes = encodeSegment(fields, ballots, decisions);
        const segment = decodeSegment(bytes, "here");
        expect(segment).toMatchObject(fields);
        expect(segment.ballotCount).toBe(rows.length);
        expect(segment.ballots).toEqual(ballots);
        expect(segment.decisions).toEqual(Buffer.from(decisions));
        const content = bytes.subarray(0, bytes.length - hashBytes);
        expect(segment.hash).toEqual(createHash("sha256").update(content).digest());
        expect(encodeSegment(segment, segment.ballots, segment.decisions)).toEqual(bytes);
      }),
    );
  });

  it("is refused with any byte changed, every place of small ones", () => {
    for (const segment of [randomSegment(2, 3), randomSegment(1, 0)]) {
      for (let at = 0; at < segment.length; at++) {
        for (const mask of [1, 0x80, 0xff, 1 + (at % 255)]) {
          expectDamage(flipped(segment, at, mask));
        }
      }
    }
  });

  it("is refused with any byte changed, sampled over a full one", () => {
    const segment = randomSegment(10, maxBallotsPerSegment(10));
    expect(decodeSegment(segment, "here").ballotCount).toBe(maxBallotsPerSegment(10));
    fc.assert(
      fc.property(fc.nat(segment.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expectDamage(flipped(segment, at, mask));
      }),
      { numRuns: 200 },
    );
  });

  it("is refused cut short anywhere, or with something after it", () => {
    const segment = randomSegment(2, 3);
    for (let length = 0; length < segment.length; length++) {
      expectDamage(segment.subarray(0, length));
    }
    expectDamage(Buffer.concat([segment, Buffer.alloc(1)]), /bytes do not hold 3 ballots/);
    expectDamage(Buffer.concat([segment, segment]));
  });

  it("is refused when whole, but with anything that version 2 does not write", () => {
    const resealed = (segment: Buffer, change: (segment: Buffer) => void) => {
      change(segment);
      const content = segment.subarray(0, segment.length - hashBytes);
      segment.set(createHash("sha256").update(content).digest(), content.length);
      return segment;
    };
    const other = resealed(randomSegment(2, 1), (segment) => segment.write("VFRM", "latin1"));
    expectDamage(other, /no segment starts here/);
    const version = resealed(randomSegment(2, 1), (segment) => segment.writeUInt16LE(1, 4));
    expectDamage(version, /version 1/);
    // One candidate less and one reason more make the same length.
    const reasons = resealed(randomSegment(2, 1), (segment) => {
      segment.writeUInt16LE(1, 44);
      segment.writeUInt16LE(5, 46);
    });
    expectDamage(reasons);
    for (const flags of [2, 3, 0x100, 0x8000]) {
      const segment = resealed(randomSegment(2, 1), (bytes) => bytes.writeUInt16LE(flags, 6));
      expectDamage(segment, new RegExp(`flags ${flags} `));
    }
    for (const at of [92, 95]) {
      const reserved = resealed(randomSegment(2, 1), (segment) => segment.writeUInt8(1, at));
      expectDamage(reserved, /reserved bytes/);
    }
    for (const decision of [5, 77, 255]) {
      const decided = resealed(randomSegment(2, 3, 0), (segment) =>
        segment.writeUInt8(decision, segment.length - hashBytes - 2),
      );
      expectDamage(decided, new RegExp(`ballot 1: decision ${decision} `));
    }
    for (const reason of [0, refusalReasons.length + 1, 0xffff]) {
      const segment = resealed(randomSegment(2, 1, 1), (bytes) =>
        bytes.writeUInt16LE(reason, bytes.length - hashBytes - 34),
      );
      expectDamage(segment, /refused for an unknown reason/);
    }
  });

  it("stays within its bound when full, and always has room for two full frames", () => {
    for (const candidates of [1, 2, 17, maxCandidates]) {
      const ballots = maxBallotsPerSegment(candidates);
      const full = (count: number) => randomSegment(candidates, count, maxRefusedPerSegment).length;
      expect(full(ballots)).toBeLessThanOrEqual(maxSegmentBytes);
      expect(full(ballots + 1)).toBeGreaterThan(maxSegmentBytes);
      expect(ballots).toBeGreaterThanOrEqual(2 * maxBallotsPerFrame);
    }
  });
});
