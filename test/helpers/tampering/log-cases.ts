import { expect } from "vitest";
import { addSignature } from "../../../src/runtime/core/formats/frame.js";
import { ballotOf, frameOf, markerOf } from "../data/ballots.js";
import { testKey, testKeys } from "../data/test-keys.js";
import { flipped } from "./ledger-cases.js";
import type { TamperingCase } from "./tampered.js";

const stranger = testKey(9);

/** Done to an election that is sealed: records exchanged for others, or missing from an end on. */
export const logCases: readonly TamperingCase[] = [
  [
    "a flipped byte",
    (data) => data.setFrame(0, 1, flipped(data.frame(0, 1), data.frame(0, 1).length - 1)),
    /corrupt-frame: election demo, partition 0, position 1: /,
  ],
  [
    "a flipped byte in a header",
    (data) => data.setFrame(0, 1, flipped(data.frame(0, 1), 41)),
    /corrupt-frame: election demo, partition 0, position 1: /,
  ],
  [
    "a truncated log",
    (data) => {
      data.setFrame(1, 3);
      data.setEnd(1, 3);
    },
    /corrupt-log: election demo, partition 1, position 3: the log ends here, but the ledger/,
  ],
  [
    "an emptied log",
    (data) => {
      for (let n = 0; n < 4; n++) data.setFrame(0, n);
      data.setEnd(0, 0);
    },
    /corrupt-log: election demo, partition 0, position 0: the log ends here, but the ledger/,
  ],
  [
    "another log in its place",
    (data) => {
      for (let n = 0; n < 3; n++)
        data.setFrame(0, n, frameOf("demo", 0, [ballotOf(20 + n * 2, n)]));
      data.setFrame(0, 3, markerOf("demo", 0));
    },
    /log-differs: election demo, partition 0, segment 0, ballot 0/,
  ],
  [
    "an altered frame, whose checksums fit",
    (data) => data.setFrame(0, 2, frameOf("demo", 0, [ballotOf(10, 12, 1)], 3)),
    /log-differs: .*, partition 0, segment 2, ballot 0, id \w+: choice 0, in the log 1/,
  ],
  [
    "a frame in another's place",
    (data) => data.setFrame(0, 1, data.frame(0, 0)),
    /log-differs: election demo, partition 0, segment 1, ballot 0/,
  ],
  [
    "another partition's frame",
    (data) => data.setFrame(0, 1, data.frame(1, 1)),
    /wrong-refusal: .*, partition 0, .*position 1: .* to be passed over as wrong-partition/,
  ],
  [
    "another election's frame",
    (data) => data.setFrame(0, 1, frameOf("other", 0, [ballotOf(2, 2)])),
    /wrong-refusal: .*, partition 0, .*position 1: .* to be passed over as wrong-election/,
  ],
  [
    "a frame that nobody has signed",
    (data) => data.setFrame(0, 1, addedSignature(data.frame(0, 1), Buffer.alloc(64))),
    /wrong-refusal: .*, partition 0, .*position 1: .* to be passed over as bad-signature/,
  ],
  [
    "a frame that a stranger has signed",
    (data) => data.setFrame(0, 1, frameOf("demo", 0, [ballotOf(2, 8)], 2, stranger)),
    /wrong-refusal: .*, partition 0, .*position 1: .* to be passed over as unknown-key/,
  ],
  [
    "a close marker that an ingest's key has signed",
    (data) => data.setFrame(0, 3, markerOf("demo", 0, testKeys.frames)),
    /wrong-refusal: .*, partition 0, .*position 3: .* to be passed over as wrong-key-use/,
  ],
  [
    "a close marker before its time",
    (data) => data.setFrame(0, 1, markerOf("demo", 0)),
    /log-differs: election demo, partition 0, segment 1/,
  ],
  [
    "a frame of the same ballots, gathered by somebody else",
    (data) => {
      const frame = data.frame(0, 0);
      const ballots = [ballotOf(2, 2), ballotOf(4, 4, 1), ballotOf(6, 6)];
      expect(frameOf("demo", 0, ballots, 1).equals(frame)).toBe(true);
      data.setFrame(0, 0, frameOf("demo", 0, ballots, 9));
    },
    /log-differs: election demo, partition 0, segment 0: made from other records/,
  ],
  [
    "no close marker, and ballots in its place",
    (data) => data.setFrame(0, 3, frameOf("demo", 0, [ballotOf(30, 30)], 4)),
    /log-differs: election demo, partition 0, segment 3/,
  ],
];

function addedSignature(frame: Buffer, signature: Buffer): Buffer {
  addSignature(frame, signature);
  return frame;
}
