import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { openFrame } from "../../../../src/runtime/core/formats/frame.js";
import {
  firstLogDigest,
  hashOfFrame,
  hashOfRecord,
  nextLogDigest,
} from "../../../../src/runtime/core/formats/log-digest.js";
import { ballotOf, frameOf, markerOf } from "../../../helpers/data/ballots.js";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

it("is over each record's hash in turn: a frame's header, or all of what is no frame", () => {
  const frame = frameOf("demo", 0, [ballotOf(1, 1), ballotOf(2, 2)]);
  const damaged = Buffer.from(frame);
  damaged[damaged.length - 1] ^= 1;
  const records = [frame, damaged, markerOf("demo", 0), Buffer.alloc(0)];
  const hashes = [frame.subarray(0, 232), damaged, records[2].subarray(0, 232), records[3]];
  let [digest, expected] = [firstLogDigest, Buffer.alloc(32)];
  for (const [index, record] of records.entries()) {
    expect(hashOfRecord(record)).toEqual(sha256(hashes[index]));
    digest = nextLogDigest(digest, hashOfRecord(record));
    expected = sha256(Buffer.concat([expected, sha256(hashes[index])]));
    expect(digest).toEqual(expected);
  }
  expect(hashOfFrame(openFrame(frame, "here"))).toEqual(hashOfRecord(frame));
});

it("binds every byte of a frame, ballots included", () => {
  const whole = hashOfRecord(frameOf("demo", 0, [ballotOf(1, 1)]));
  for (const other of [
    frameOf("demo", 0, [ballotOf(1, 1, 1)]),
    frameOf("demo", 1, [ballotOf(1, 1)]),
    frameOf("other", 0, [ballotOf(1, 1)]),
    frameOf({ id: "demo", instance: "00".repeat(16) }, 0, [ballotOf(1, 1)]),
    frameOf("demo", 0, [ballotOf(1, 1)], 2),
  ]) {
    expect(hashOfRecord(other)).not.toEqual(whole);
  }
});
