import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import {
  addSignature,
  allocateFrame,
  ballotsFrame,
  ballotTree,
  closeFrame,
  closeMarker,
  frameHeaderBytes,
  openFrame,
  sealFrame,
  signedPart,
} from "../../../../src/runtime/core/formats/frame.js";
import { maxBallotsPerFrame } from "../../../../src/runtime/core/limits.js";

const electionId = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/);
const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
const header = fc.record({
  election: electionId,
  instance: bytesOf(16),
  partition: fc.nat(1_023),
  producerId: bytesOf(16),
  producerSequence: fc.maxSafeNat(),
  keyId: bytesOf(8),
});

function randomFrame(ballots: number): Buffer {
  const buffer = allocateFrame(ballots);
  randomBytes(ballots * ballotBytes).copy(buffer, frameHeaderBytes);
  const [instance, producerId] = [randomBytes(16), randomBytes(16)];
  const home = { election: "frame-test", instance, partition: 3 };
  const fields = { ...home, producerId, producerSequence: 17 };
  return sealFrame(buffer, { ...fields, kind: ballotsFrame }, ballots);
}

/** The error names its place and never passes as something else. */
function expectDamage(bytes: Uint8Array, what = /./): void {
  let thrown: unknown;
  try {
    openFrame(bytes, "election e, partition 3, position 17");
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof VoteError)) expect.fail(`not refused: ${String(thrown)}`);
  expect(thrown.code).toBe("corrupt-frame");
  expect(thrown.message).toMatch(/^election e, partition 3, position 17: ./);
  expect(thrown.message).toMatch(what);
}

function flipped(frame: Buffer, at: number, mask: number): Buffer {
  const damaged = Buffer.from(frame);
  damaged[at] ^= mask;
  return damaged;
}

describe("a frame", () => {
  it("gives back what was sealed", () => {
    const ballots = fc.uint8Array({ maxLength: 20 * ballotBytes });
    fc.assert(
      fc.property(header, ballots, fc.boolean(), (fields, content, withTree) => {
        const count = Math.floor(content.length / ballotBytes);
        const buffer = allocateFrame(count + 2);
        buffer.set(content.subarray(0, count * ballotBytes), frameHeaderBytes);
        const hasTree = withTree && count > 0;
        const merkleRoot = hasTree ? ballotTree(buffer, count).root : Buffer.alloc(32);
        const sealed = sealFrame(buffer, { ...fields, merkleRoot, kind: ballotsFrame }, count);
        const frame = openFrame(sealed, "here");
        expect(frame).toMatchObject({ ...fields, merkleRoot, signature: Buffer.alloc(64) });
        expect(frame.kind).toBe(ballotsFrame);
        expect(frame.ballotCount).toBe(count);
        expect(frame.bytes.subarray(frameHeaderBytes)).toEqual(
          Buffer.from(content.subarray(0, count * ballotBytes)),
        );
      }),
    );
  });

  it("can be a close marker", () => {
    fc.assert(
      fc.property(header, (fields) => {
        const frame = openFrame(closeMarker(fields), "here");
        expect(frame).toMatchObject({ kind: closeFrame, ballotCount: 0 });
        expect(frame.election).toBe(fields.election);
        expect(frame.producerSequence).toBe(fields.producerSequence);
      }),
    );
  });

  it("is refused with any byte changed, every place of a small one and a close marker", () => {
    const [instance, producerId] = [Buffer.alloc(16, 2), Buffer.alloc(16, 1)];
    const home = { election: "frame-test", instance, partition: 3 };
    const fields = { ...home, producerId, producerSequence: 1 };
    for (const frame of [randomFrame(3), randomFrame(0), closeMarker(fields)]) {
      for (let at = 0; at < frame.length; at++) {
        for (const mask of [1, 0x80, 0xff, 1 + (at % 255)]) expectDamage(flipped(frame, at, mask));
      }
    }
  });

  it("is refused with any byte changed, sampled over a full one", () => {
    const frame = randomFrame(maxBallotsPerFrame);
    expect(openFrame(frame, "here").ballotCount).toBe(maxBallotsPerFrame);
    const place = fc.nat(frame.length - 1);
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expectDamage(flipped(frame, at, mask));
      }),
      { numRuns: 300 },
    );
  });

  it("is refused cut short anywhere, or with something after it", () => {
    const frame = randomFrame(3);
    for (let length = 0; length < frame.length; length++) expectDamage(frame.subarray(0, length));
    expectDamage(Buffer.concat([frame, Buffer.alloc(1)]), /bytes do not hold 3 ballots/);
    expectDamage(Buffer.concat([frame, Buffer.alloc(ballotBytes)]));
    expectDamage(Buffer.concat([frame, frame]));
  });

  it("is refused with a Merkle root that is not its ballots', though its checksum fits", () => {
    const withRoot = (frame: Buffer, root: Uint8Array) => {
      frame.set(root, 128);
      frame.writeUInt32LE(crc32(frame.subarray(0, 228)), 228);
      return frame;
    };
    const [three, other] = [randomFrame(3), randomFrame(3)];
    const root = ballotTree(three, 3).root;
    expect(openFrame(withRoot(three, root), "here").merkleRoot).toEqual(root);
    expectDamage(withRoot(three, ballotTree(other, 3).root), /do not match their Merkle root/);
    expectDamage(withRoot(three, ballotTree(three, 2).root), /do not match their Merkle root/);
    expectDamage(withRoot(randomFrame(0), root), /do not match their Merkle root/);
  });

  it("is refused with ballots swapped", () => {
    const frame = randomFrame(2);
    const [first, second] = [frameHeaderBytes, frameHeaderBytes + ballotBytes];
    const parts = [frame.subarray(0, first), frame.subarray(second), frame.subarray(first, second)];
    expectDamage(Buffer.concat(parts), /the ballots do not match their hash/);
  });

  it("is refused when whole, but with anything that version 2 does not write", () => {
    const resealed = (frame: Buffer, change: (frame: Buffer) => void) => {
      change(frame);
      frame.writeUInt32LE(crc32(frame.subarray(0, 228)), 228);
      return frame;
    };
    const kind = resealed(randomFrame(1), (frame) => frame.writeUInt16LE(9, 6));
    expectDamage(kind, /kind 9/);
    const close = resealed(randomFrame(1), (frame) => frame.writeUInt16LE(closeFrame, 6));
    expectDamage(close, /a close marker with ballots/);
    const version = resealed(randomFrame(1), (frame) => frame.writeUInt16LE(1, 4));
    expectDamage(version, /version 1/);
    expectDamage(randomFrame(maxBallotsPerFrame + 1), /4097 ballots/);
    for (const at of [224, 227]) {
      const reserved = resealed(randomFrame(1), (frame) => frame.writeUInt8(1, at));
      expectDamage(reserved, /reserved bytes/);
    }
  });

  it("is signed over everything but the signature, the ballots by their hash", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const frame = randomFrame(3);
    const signature = sign(null, signedPart(frame), privateKey);
    addSignature(frame, signature);
    const opened = openFrame(frame, "here");
    expect(opened.signature).toEqual(signature);
    expect(verify(null, signedPart(opened.bytes), publicKey, opened.signature)).toBe(true);
    for (let at = 0; at < frameHeaderBytes; at++) {
      const changed = signedPart(flipped(frame, at, 1));
      const still = verify(null, changed, publicKey, signature);
      expect(still, `byte ${at}`).toBe(at >= 160);
    }
  });

  it("is read from bytes at any alignment", () => {
    const frame = randomFrame(2);
    const shifted = new Uint8Array(frame.length + 3);
    shifted.set(frame, 3);
    expect(openFrame(shifted.subarray(3), "here").bytes).toEqual(frame);
  });
});
