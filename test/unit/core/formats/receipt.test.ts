import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VoteError } from "../../../../src/runtime/core/errors.js";
import { ballotBytes, readBallot } from "../../../../src/runtime/core/formats/ballot.js";
import {
  addSignature,
  allocateFrame,
  ballotsFrame,
  ballotTree,
  closeFrame,
  frameHeaderBytes,
  openFrame,
  sealFrame,
} from "../../../../src/runtime/core/formats/frame.js";
import { readReceipt, receiptText } from "../../../../src/runtime/core/formats/receipt.js";
import { expectReadable } from "../../../helpers/refusal.js";

const prefix = "vote-receipt-1.";

/** A frame of such ballots with their root, as an ingest seals it. */
function frameOf(count: number) {
  const buffer = allocateFrame(count);
  for (let at = frameHeaderBytes; at < buffer.length; at++) buffer[at] = (at * 31) >> 2;
  const tree = ballotTree(buffer, count);
  const home = { election: "lunch", instance: Buffer.alloc(16, 2), partition: 3 };
  const producer = { producerId: Buffer.alloc(16, 1), producerSequence: 7 };
  const header = { ...home, ...producer, kind: ballotsFrame, merkleRoot: tree.root } as const;
  const frame = sealFrame(buffer, header, count);
  addSignature(frame, Buffer.alloc(64, 9));
  return { frame, tree };
}

/** The same receipt with other bytes, and a checksum that fits them. */
function forged(text: string, change: (bytes: Buffer) => void): string {
  const bytes = Buffer.from(text.slice(prefix.length), "base64url");
  change(bytes);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return prefix + bytes.toString("base64url");
}

function expectCorrupt(text: string, what = /./): void {
  let thrown: unknown;
  try {
    readReceipt(text);
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof VoteError)) expect.fail(`not refused: ${String(thrown)}`);
  expect(thrown).toMatchObject({ code: "corrupt-receipt", exitCode: 3 });
  expect(thrown.message).toMatch(what);
  expectReadable(thrown);
  expect(thrown.hint).toBeDefined();
  expect(thrown.message).toMatch(/^The receipt does not hold: [^\p{Cc}]+\.$/u);
}

describe("a receipt", () => {
  it("gives back promise, place and ballot, for all ballots of frames of any size", () => {
    for (const count of [1, 2, 3, 5, 8, 13, 100]) {
      const { frame, tree } = frameOf(count);
      const { bytes: _, ...stated } = openFrame(frame, "test");
      for (let index = 0; index < count; index++) {
        const text = receiptText(frame, tree, index, 2 ** 40 + index);
        expect(text).toMatch(/^vote-receipt-1\.[A-Za-z0-9_-]+$/);
        const receipt = readReceipt(` ${text}\n`);
        expect(receipt).toMatchObject({ frame: stated, index, position: 2 ** 40 + index });
        expect(receipt.promise).toEqual(frame.subarray(0, 224));
        const ballot = readBallot(frame, frameHeaderBytes + index * ballotBytes);
        expect(receipt.ballot).toEqual(ballot);
      }
    }
  });

  it("is refused with any byte of it changed, and cut short anywhere", () => {
    const { frame, tree } = frameOf(5);
    const bytes = Buffer.from(receiptText(frame, tree, 2, 17).slice(prefix.length), "base64url");
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] ^= 1 << (at & 7);
      expectCorrupt(prefix + damaged.toString("base64url"));
    }
    for (let length = 0; length < bytes.length; length++) {
      expectCorrupt(prefix + bytes.subarray(0, length).toString("base64url"));
    }
  });

  it("is refused with a forged ballot, place, path or root, though the checksum fits", () => {
    const { frame, tree } = frameOf(5);
    const text = receiptText(frame, tree, 2, 17);
    // The root, the place in the frame, the ballot, the path. The signature covers the rest.
    const covered = fc.oneof(
      fc.integer({ min: 128, max: 159 }),
      fc.integer({ min: 224, max: 227 }),
      fc.integer({ min: 236, max: 276 + 95 }),
    );
    fc.assert(
      fc.property(covered, fc.integer({ min: 1, max: 255 }), (at, mask) => {
        expectCorrupt(
          forged(text, (bytes) => {
            bytes[at] ^= mask;
          }),
        );
      }),
    );
  });

  it("is refused as what is no receipt, with the reason", () => {
    const { frame, tree } = frameOf(3);
    const text = receiptText(frame, tree, 1, 17);
    expectCorrupt("", /does not start with "vote-receipt-1\."/);
    expectCorrupt(text.replace("receipt-1", "receipt-2"), /does not start with/);
    expectCorrupt(`${text}=`, /not base64url/);
    expectCorrupt(`${text.slice(0, 80)} ${text.slice(80)}`, /not base64url/);
    expectCorrupt(text.slice(0, prefix.length + 4 * 96), /checksum/);
    const change = (at: number, value: number) =>
      forged(text, (bytes) => bytes.writeUInt16LE(value, at));
    expectCorrupt(change(0, 0), /no frame starts here/);
    expectCorrupt(change(4, 3), /frame version 3/);
    expectCorrupt(change(6, closeFrame), /no frame of ballots/);
    // An escape sequence in place of the election's id must not reach a terminal.
    expectCorrupt(change(8, 0x5b1b), /no frame of ballots/);
    expectCorrupt(change(224, 3), /ballot 3 of 3/);
    expectCorrupt(change(68, 2), /path/);
    expectCorrupt(change(236, 0xffff), /does not lead to the frame's root/);
  });
});
