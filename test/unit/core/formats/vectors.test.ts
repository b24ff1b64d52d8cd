import { spawnSync } from "node:child_process";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Election } from "../../../../src/runtime/core/election.js";
import { emptyTally, foldFrame } from "../../../../src/runtime/core/fold/fold.js";
import { ballotBytes, readBallot } from "../../../../src/runtime/core/formats/ballot.js";
import { canonicalJson } from "../../../../src/runtime/core/formats/canonical-json.js";
import {
  absorbedRetry,
  counted,
  type DecisionName,
  decisionNames,
} from "../../../../src/runtime/core/formats/decision.js";
import {
  definitionHash,
  definitionOf,
  instanceOf,
} from "../../../../src/runtime/core/formats/definition.js";
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
import {
  firstLogDigest,
  hashOfFrame,
  hashOfRecord,
  nextLogDigest,
} from "../../../../src/runtime/core/formats/log-digest.js";
import { readReceipt, receiptText } from "../../../../src/runtime/core/formats/receipt.js";
import type { RefusalReason } from "../../../../src/runtime/core/formats/refusal.js";
import { decodeSegment, encodeSegment } from "../../../../src/runtime/core/formats/segment.js";
import { keyFingerprint } from "../../../../src/runtime/core/voter/key-fingerprint.js";
import { partitionOf } from "../../../../src/runtime/core/voter/partition.js";
import { createVoterTagger } from "../../../../src/runtime/core/voter/voter-tag.js";
import { writeBallot } from "../../../helpers/data/ballots.js";

interface VectorBallot {
  voterTag: string;
  ballotId: string;
  receivedAt: number;
  choice: number;
  decision: string;
}

interface FrameVector {
  file: string;
  election: string;
  instance: string;
  keyId: string;
  merkleRoot: string;
  signature: string;
  hash: string;
  partition: number;
  producerId: string;
  producerSequence: number;
  ballots: VectorBallot[];
}

interface ReceiptVector extends Omit<FrameVector, "hash" | "ballots"> {
  ballotCount: number;
  index: number;
  position: number;
  path: string[];
  ballot: Omit<VectorBallot, "decision">;
}

interface Vectors {
  electionKey: string;
  keyFingerprint: string;
  signingKey: { seed: string; publicKey: string; keyId: string };
  election: Election;
  definition: string;
  definitionHash: string;
  anyTokensDefinitionHash: string;
  logDigests: string[];
  candidates: number;
  voters: { voterId: string; voterTag: string; partition: Record<string, number> }[];
  frame: FrameVector;
  closeMarker: FrameVector;
  foreignMarker: FrameVector;
  receipt: ReceiptVector;
  segment: {
    file: string;
    election: string;
    instance: string;
    definitionHash: string;
    revision: number;
    logDigest: string;
    lastRecordHash: string;
    refused: { position: number; reason: RefusalReason; hash: string }[];
    partition: number;
    sequence: number;
    positionFrom: number;
    positionTo: number;
    sealed: boolean;
    retriesAbsorbed: number;
    counts: number[];
    rejections: number[];
    unkept: number[];
    previousHash: string;
    ballots: string[];
    decisions: DecisionName[];
    hash: string;
  };
}

const folder = new URL("../../../fixtures/vectors/", import.meta.url);
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const bytesOf = (file: string) => Buffer.from(textOf(file).replace(/\s/g, ""), "hex");
const vectors = JSON.parse(textOf("vectors.json")) as Vectors;

const decidedBallots = vectors.frame.ballots.filter(
  (ballot) => ballot.decision !== "absorbed-retry",
);

function ballotsOf(ballots: readonly VectorBallot[]): Buffer {
  const bytes = Buffer.alloc(ballots.length * ballotBytes);
  ballots.forEach((ballot, index) => {
    writeBallot(bytes, index * ballotBytes, {
      voterTag: Buffer.from(ballot.voterTag, "hex"),
      ballotId: Buffer.from(ballot.ballotId, "hex"),
      receivedAt: ballot.receivedAt,
      choice: ballot.choice,
    });
  });
  return bytes;
}

function textBallots(bytes: Buffer): Omit<VectorBallot, "decision">[] {
  return Array.from({ length: bytes.length / ballotBytes }, (_, index) => {
    const ballot = readBallot(bytes, index * ballotBytes);
    return {
      voterTag: Buffer.from(ballot.voterTag).toString("hex"),
      ballotId: Buffer.from(ballot.ballotId).toString("hex"),
      receivedAt: ballot.receivedAt,
      choice: ballot.choice,
    };
  });
}

const withoutDecision = ({ voterTag, ballotId, receivedAt, choice }: VectorBallot) => ({
  voterTag,
  ballotId,
  receivedAt,
  choice,
});

const headerOf = ({ election, partition, producerSequence, ...vector }: FrameVector) => ({
  election,
  partition,
  producerSequence,
  instance: Buffer.from(vector.instance, "hex"),
  producerId: Buffer.from(vector.producerId, "hex"),
  keyId: Buffer.from(vector.keyId, "hex"),
  merkleRoot: Buffer.from(vector.merkleRoot, "hex"),
});

/** PKCS #8 around the 32 bytes of an Ed25519 seed. */
const signer = () => {
  const prefix = "302e020100300506032b657004220420";
  const der = Buffer.from(prefix + vectors.signingKey.seed, "hex");
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
};

function signed(frame: Buffer): string {
  addSignature(frame, sign(null, signedPart(frame), signer()));
  return frame.toString("hex");
}

const opened = ({ file }: { file: string }) => openFrame(bytesOf(file), "vector");

describe("the test vectors of docs/formats.md", () => {
  it("voter id to voter tag to partition", () => {
    const tagger = createVoterTagger(Buffer.from(vectors.electionKey, "hex"));
    const tag = Buffer.alloc(16);
    for (const voter of vectors.voters) {
      tagger.write(voter.voterId, tag, 0);
      expect(tag.toString("hex")).toBe(voter.voterTag);
      for (const [partitions, expected] of Object.entries(voter.partition)) {
        expect(partitionOf(tag.readInt32LE(0), Number(partitions))).toBe(expected);
      }
    }
    expect(vectors.voters.length).toBeGreaterThan(3);
  });

  it("frame, encoded byte by byte and decoded", () => {
    const { frame } = vectors;
    const buffer = allocateFrame(frame.ballots.length);
    ballotsOf(frame.ballots).copy(buffer, frameHeaderBytes);
    const encoded = sealFrame(
      buffer,
      { ...headerOf(frame), kind: ballotsFrame },
      frame.ballots.length,
    );
    expect(signed(encoded)).toBe(bytesOf(frame.file).toString("hex"));

    const decoded = opened(frame);
    expect(Buffer.from(decoded.signature).toString("hex")).toBe(frame.signature);
    expect(decoded).toMatchObject({
      ...headerOf(frame),
      kind: ballotsFrame,
      ballotCount: frame.ballots.length,
    });
    expect(textBallots(decoded.bytes.subarray(frameHeaderBytes))).toEqual(
      frame.ballots.map(withoutDecision),
    );
  });

  it("receipt, encoded byte by byte and decoded", () => {
    const { file, index, position, path, ballot, ballotCount, signature, ...header } =
      vectors.receipt;
    const text = textOf(file);
    const frame = bytesOf(vectors.frame.file);
    const tree = ballotTree(frame, ballotCount);
    expect(tree.root.toString("hex")).toBe(vectors.frame.merkleRoot);
    expect(tree.path(index).toString("hex")).toBe(path.join(""));
    expect(`${receiptText(frame, tree, index, position)}\n`).toBe(text);

    const decoded = readReceipt(text);
    const hexed = Object.fromEntries(
      Object.entries(decoded.frame).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value,
      ]),
    );
    expect(hexed).toEqual({ ...header, signature, ballotCount, kind: ballotsFrame });
    expect(decoded).toMatchObject({ index, position });
    expect(Buffer.from(decoded.ballot.ballotId).toString("hex")).toBe(ballot.ballotId);
    expect(Buffer.from(decoded.ballot.voterTag).toString("hex")).toBe(ballot.voterTag);
    const { receivedAt, choice } = decoded.ballot;
    expect({ receivedAt, choice }).toEqual({
      receivedAt: ballot.receivedAt,
      choice: ballot.choice,
    });
  });

  it("close marker, encoded byte by byte and decoded", () => {
    for (const marker of [vectors.closeMarker, vectors.foreignMarker]) {
      const encoded = signed(closeMarker(headerOf(marker)));
      expect(encoded).toBe(bytesOf(marker.file).toString("hex"));
      const expected = { ...headerOf(marker), kind: closeFrame, ballotCount: 0 };
      expect(opened(marker)).toMatchObject(expected);
    }
  });

  it("election to definition to hash, and key to fingerprint", () => {
    expect(canonicalJson(definitionOf(vectors.election))).toBe(vectors.definition);
    expect(definitionHash(vectors.election).toString("hex")).toBe(vectors.definitionHash);
    const anyTokens = definitionHash({ ...vectors.election, tokens: "any-election" });
    expect(anyTokens.toString("hex")).toBe(vectors.anyTokensDefinitionHash);
    expect(instanceOf(vectors.election).toString("hex")).toBe(vectors.frame.instance);
    const key = Buffer.from(vectors.electionKey, "hex");
    expect(keyFingerprint(key)).toBe(vectors.keyFingerprint);
    expect(vectors.election.keyFingerprint).toBe(vectors.keyFingerprint);
  });

  it("records to log digest", () => {
    const records = [vectors.frame, vectors.foreignMarker, vectors.closeMarker];
    let digest = firstLogDigest;
    const digests = records.map((record) => {
      expect(hashOfRecord(bytesOf(record.file)).toString("hex")).toBe(record.hash);
      digest = nextLogDigest(digest, hashOfFrame(opened(record)));
      return digest.toString("hex");
    });
    expect(digests).toEqual(vectors.logDigests);
    expect(vectors.segment.logDigest).toBe(digests[2]);
    expect(vectors.segment.lastRecordHash).toBe(vectors.closeMarker.hash);
  });

  it("segment, encoded byte by byte and decoded", () => {
    const { segment } = vectors;
    const refused = segment.refused.map((one) => ({ ...one, hash: Buffer.from(one.hash, "hex") }));
    const header = {
      ...segment,
      refused,
      instance: Buffer.from(segment.instance, "hex"),
      definitionHash: Buffer.from(segment.definitionHash, "hex"),
      logDigest: Buffer.from(segment.logDigest, "hex"),
      lastRecordHash: Buffer.from(segment.lastRecordHash, "hex"),
      previousHash: Buffer.from(segment.previousHash, "hex"),
    };
    const decisions = Uint8Array.from(segment.decisions, (name) => decisionNames.indexOf(name));
    const encoded = encodeSegment(header, ballotsOf(decidedBallots), decisions);
    expect(encoded.toString("hex")).toBe(bytesOf(segment.file).toString("hex"));

    const { file, ballots, ...expected } = segment;
    const decoded = decodeSegment(bytesOf(file), "vector");
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
    const readable = {
      ...decoded,
      refused: decoded.refused.map((one) => ({ ...one, hash: hex(one.hash) })),
      instance: hex(decoded.instance),
      definitionHash: hex(decoded.definitionHash),
      logDigest: hex(decoded.logDigest),
      lastRecordHash: hex(decoded.lastRecordHash),
      previousHash: hex(decoded.previousHash),
      hash: decoded.hash.toString("hex"),
      decisions: Array.from(decoded.decisions, (decision) => decisionNames[decision]),
    };
    expect(readable).toMatchObject(expected);
    expect(textBallots(decoded.ballots).map((ballot) => ballot.ballotId)).toEqual(ballots);
  });

  it("frame and close marker fold into the segment's decisions and counts", () => {
    const { frame, segment } = vectors;
    const state = emptyTally(vectors.candidates, 0, 1);
    const decisions = new Uint8Array(frame.ballots.length);
    foldFrame(state, openFrame(bytesOf(frame.file), "vector"), decisions);
    foldFrame(state, openFrame(bytesOf(vectors.closeMarker.file), "vector"), new Uint8Array(0));
    expect(
      Array.from(decisions, (decision) =>
        decision === absorbedRetry ? "absorbed-retry" : decisionNames[decision],
      ),
    ).toEqual(frame.ballots.map((ballot) => ballot.decision));
    expect(decisions[0]).toBe(counted);
    expect([...state.counts]).toEqual(segment.counts);
    expect([...state.rejections]).toEqual(segment.rejections);
    expect([...state.unkept]).toEqual(segment.unkept);
    expect(state.retriesAbsorbed).toBe(segment.retriesAbsorbed);
    expect(state.sealed).toBe(segment.sealed);
  });
});

const python = spawnSync("python3", ["--version"]).status === 0;

describe.skipIf(!python)("a decoder in another language, written from the layout", () => {
  const decode = (file: string): unknown => {
    const script = fileURLToPath(new URL("decode.py", folder));
    const run = spawnSync("python3", [script, fileURLToPath(new URL(file, folder))]);
    expect(run.stderr.toString()).toBe("");
    return JSON.parse(run.stdout.toString());
  };

  it("reads the frame and the close marker alike", () => {
    for (const kind of ["frame", "closeMarker", "foreignMarker"] as const) {
      const { file, ballots, ...header } = vectors[kind];
      expect(decode(file)).toEqual({ ...header, ballots: ballots.map(withoutDecision) });
    }
  });

  it("reads the receipt alike", () => {
    const { file, ...receipt } = vectors.receipt;
    expect(decode(file)).toEqual(receipt);
  });

  it("hashes election, key and log alike", () => {
    const { keyFingerprint, definition, definitionHash, logDigests } = vectors;
    const { anyTokensDefinitionHash } = vectors;
    const hashes = { definitionHash, anyTokensDefinitionHash };
    const expected = { keyFingerprint, definition, ...hashes, logDigests };
    expect(decode("vectors.json")).toEqual(expected);
  });

  it("reads the segment alike", () => {
    const { file, ...segment } = vectors.segment;
    expect(decode(file)).toEqual({ ...segment, ballots: decidedBallots.map(withoutDecision) });
  });
});
