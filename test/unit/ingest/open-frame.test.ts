import fc from "fast-check";
import { expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes, openFrame } from "../../../src/runtime/core/formats/frame.js";
import { readReceipt } from "../../../src/runtime/core/formats/receipt.js";
import { OpenFrame } from "../../../src/runtime/ingest/gather/open-frame.js";

const ballot = fc.record({
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  receivedAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  choice: fc.integer({ min: 0, max: 255 }),
});

const lunch = { election: "lunch", instance: Buffer.alloc(16, 3) };

it("holds its ballots byte by byte as the format says, however often it has to grow", () => {
  const producerId = Buffer.alloc(16, 7);
  fc.assert(
    fc.property(fc.array(ballot, { maxLength: 200 }), fc.nat(300), (ballots, expected) => {
      const gathering = new OpenFrame({ ...lunch, partition: 3 }, 0, expected);
      for (const { key, receivedAt, choice } of ballots) {
        gathering.add(new Int32Array(Uint8Array.from(key).buffer), receivedAt, choice);
      }
      const frame = openFrame(
        gathering.seal({ producerId, producerSequence: 9, keyId: Buffer.alloc(8) }),
        "test",
      );
      expect(frame).toMatchObject({ ...lunch, partition: 3, producerSequence: 9 });
      expect(frame.ballotCount).toBe(ballots.length);
      ballots.forEach(({ key, receivedAt, choice }, index) => {
        const read = readBallot(frame.bytes, frameHeaderBytes + index * ballotBytes);
        expect(read).toMatchObject({ receivedAt, choice });
        expect(Buffer.concat([read.voterTag, read.ballotId])).toEqual(Buffer.from(key));
      });
    }),
  );
});

it("has a receipt of each of its ballots, if it is to have any, and no root if not", () => {
  const producer = { producerId: Buffer.alloc(16), producerSequence: 1, keyId: Buffer.alloc(8) };
  fc.assert(
    fc.property(fc.array(ballot, { minLength: 1, maxLength: 60 }), (ballots) => {
      const [withReceipts, without] = [true, false].map((receipts) => {
        const frame = new OpenFrame({ ...lunch, partition: 3 }, 0, 0, receipts);
        for (const { key, receivedAt, choice } of ballots) {
          frame.add(new Int32Array(Uint8Array.from(key).buffer), receivedAt, choice);
        }
        return frame;
      });
      const sealed = openFrame(withReceipts.seal(producer), "test");
      withReceipts.position = 17;
      ballots.forEach(({ receivedAt, choice }, index) => {
        const receipt = readReceipt(withReceipts.receiptOf(index));
        expect(receipt).toMatchObject({ index, position: 17, ballot: { receivedAt, choice } });
        expect(receipt.promise).toEqual(sealed.bytes.subarray(0, receipt.promise.length));
      });
      expect(openFrame(without.seal(producer), "test").merkleRoot).toEqual(Buffer.alloc(32));
      expect(() => without.receiptOf(0)).toThrow("no receipts");
    }),
    { numRuns: 30 },
  );
});

it("is full at 4,096 ballots", () => {
  const gathering = new OpenFrame({ ...lunch, partition: 0 }, 0, 0);
  const key = new Int32Array(8);
  while (!gathering.full) gathering.add(key, 1, 1);
  const producer = { producerId: Buffer.alloc(16), producerSequence: 1, keyId: Buffer.alloc(8) };
  expect(openFrame(gathering.seal(producer), "test").ballotCount).toBe(4_096);
});
