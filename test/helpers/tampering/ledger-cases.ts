import type { TamperingCase } from "./tampered.js";

export const flipped = (bytes: Buffer, at: number): Buffer => {
  bytes[at] ^= 1;
  return bytes;
};

/** Done to an election that is sealed. Nothing here leans on a certificate. */
export const ledgerCases: readonly TamperingCase[] = [
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
];

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

/** All of it under a new name, which is given to the recount. */
export const renamed: TamperingCase = [
  "another election's ledger and log under a new name",
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
];
