import { describe, expect, it } from "vitest";
import { addSignature } from "../../../src/runtime/core/formats/frame.js";
import { ballotOf, frameOf, markerOf } from "../../helpers/data/ballots.js";
import { testKey, testKeys } from "../../helpers/data/test-keys.js";
import {
  damaged,
  honestElections,
  type Tampering,
  verdictOf,
} from "../../helpers/tampering/verdict.js";

/**
 * Each kind of damage and forgery, done to the stored bytes of an honest election, and what the
 * default recount says of it: exit 3 and the place. Nothing here leans on a certificate.
 */
const honest = honestElections();

it("says nothing of what is whole", async () => {
  for (const base of [honest().sealed, honest().certified]) {
    const { exitCode, text } = await verdictOf(base, () => undefined);
    expect(exitCode, text).toBe(0);
  }
});

const flipped = (bytes: Buffer, at: number) => {
  bytes[at] ^= 1;
  return bytes;
};

describe("the ledger, before anything is certified", () => {
  it.each<[string, Tampering, RegExp]>([
    [
      "a flipped byte",
      (data) => data.setSegment(0, 1, flipped(data.segment(0, 1), 200)),
      /corrupt-segment: election demo, partition 0, segment 1: the hash does not match/,
    ],
    [
      "bytes that are no segment",
      (data) => data.setSegment(1, 0, Buffer.from("segment")),
      /corrupt-segment: election demo, partition 1, segment 0: only 7 bytes/,
    ],
    [
      "a dropped first segment",
      (data) => data.setSegment(0, 0),
      /wrong-place: election demo, partition 0, segment 0: segment 1 is stored here/,
    ],
    [
      "a dropped segment in the middle",
      (data) => data.setSegment(0, 2),
      /wrong-place: election demo, partition 0, segment 2: segment 3 is stored here/,
    ],
    [
      "two swapped segments",
      (data) => {
        const [one, other] = [data.segment(0, 1), data.segment(0, 2)];
        data.setSegment(0, 1, other);
        data.setSegment(0, 2, one);
      },
      /wrong-place: election demo, partition 0, segment 1: segment 2 is stored here/,
    ],
    [
      "an added copy",
      (data) => data.setSegment(0, 4, data.segment(0, 3)),
      /wrong-place: election demo, partition 0, segment 4: segment 3 is stored here/,
    ],
    [
      "another partition's chain",
      (data) => {
        for (let n = 0; n < 4; n++) data.setSegment(0, n, data.segment(1, n));
      },
      /wrong-place: election demo, partition 0, segment 0: it belongs to partition 1/,
    ],
    [
      "a chain of a partition that does not exist",
      (data) => data.setSegment(2, 0, data.segment(0, 0)),
      /extra-chain: election demo, partition 2: a chain of a partition that does not exist/,
    ],
    [
      "ballots of 1970, and all hashes made to fit",
      (data) =>
        data.rechain(0, (chain) =>
          chain.map((one) => ({ ...one, ballots: receivedIn1970(one.ballots) })),
        ),
      /outside-hours: election demo, partition 0, segment 0, ballot 0/,
    ],
    [
      "another log digest, and all hashes made to fit",
      (data) =>
        data.rechain(0, (chain) => chain.map((one) => ({ ...one, logDigest: Buffer.alloc(32) }))),
      /log-differs: election demo, partition 0, segment 0: made from other records/,
    ],
    [
      "a segment left out, and all hashes made to fit",
      (data) => data.rechain(0, (chain) => chain.toSpliced(1, 1)),
      /wrong-positions: election demo, partition 0, segment 1: starts at log position 2/,
    ],
    [
      "changed counts, and all hashes made to fit",
      (data) =>
        data.rechain(0, (chain) =>
          chain.map((one) => ({ ...one, counts: Array.from(one.counts, (n) => n + 1) })),
        ),
      /wrong-totals: election demo, partition 0, segment 0: 3 votes for c0 so far/,
    ],
    [
      "a vote rejected instead of counted, and all hashes and counts made to fit",
      (data) =>
        data.rechain(0, (chain) =>
          chain.map((one, index) => ({
            ...one,
            counts: Array.from(one.counts, (n, c) => (c === 1 ? n - 1 : n)),
            rejections: Array.from(one.rejections, (n, r) => (r === 0 ? n + 1 : n)),
            decisions: index === 0 ? Buffer.from([0, 1, 0]) : one.decisions,
          })),
        ),
      /election demo, partition 0, segment 0, ballot 1, id \w+: the ledger says already-voted/,
    ],
    [
      "another choice, and all hashes and counts made to fit",
      (data) =>
        data.rechain(0, (chain) =>
          chain.map((one, index) => ({
            ...one,
            counts: Array.from(one.counts, (n, c) => (c === 0 ? n - 1 : c === 2 ? n + 1 : n)),
            ballots: index === 0 ? withChoice(one.ballots, 2) : one.ballots,
          })),
        ),
      /log-differs: .*, partition 0, segment 0, ballot 0, id \w+: choice 2, in the log 0/,
    ],
    [
      "an empty segment added after the seal, and all hashes made to fit",
      (data) =>
        data.rechain(0, (chain) => [
          ...chain,
          { ...chain[3], positionFrom: 4, positionTo: 9, sealed: false },
        ]),
      /corrupt-log: election demo, partition 0, position 4: the log ends here/,
    ],
  ])("%s", async (_, tamper, place) => {
    await damaged(honest().sealed, tamper, place);
  });
});

/** A ballot's choice is its last two bytes of 40. */
function withChoice(ballots: Buffer, choice: number): Buffer {
  const copy = Buffer.from(ballots);
  copy.writeUInt16LE(choice, 38);
  return copy;
}

/** The time of receipt is the six bytes before the choice. */
function receivedIn1970(ballots: Buffer): Buffer {
  const copy = Buffer.from(ballots);
  for (let at = 32; at < copy.length; at += 40) copy.fill(0, at, at + 6);
  return copy;
}

function addedSignature(frame: Buffer, signature: Buffer): Buffer {
  addSignature(frame, signature);
  return frame;
}

const stranger = testKey(9);

describe("the log", () => {
  it.each<[string, Tampering, RegExp]>([
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
      "a dropped frame in the middle",
      (data) => data.setFrame(0, 1),
      /log-differs: election demo, partition 0, segment 1, ballot 0/,
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
      "a log without its records, which says that it has them",
      (data) => {
        for (let n = 0; n < 4; n++) data.setFrame(0, n);
      },
      /log-differs: election demo, partition 0, segment 0, ballot 0.*the log holds no such ballot/,
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
  ])("%s", async (_, tamper, place) => {
    await damaged(honest().sealed, tamper, place);
  });
});

describe("another election's ledger and log under a new name", () => {
  it("name the election that they belong to", async () => {
    await damaged(
      honest().sealed,
      (data) => {
        data.rewriteTrail((election) => ({ ...election, id: "real" }), "real");
        for (const partition of [0, 1]) {
          for (let n = 0; n < 4; n++) {
            data.setSegment(partition, n, data.segment(partition, n), "real");
            data.setFrame(partition, n, data.frame(partition, n), "real");
          }
          data.setEnd(partition, 4, "real");
        }
      },
      /wrong-place: election real, partition 0, segment 0: it belongs to election demo/,
      "real",
    );
  });
});
