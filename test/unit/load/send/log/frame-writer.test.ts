import { describe, expect, it } from "vitest";
import { ballotBytes, readBallot } from "../../../../../src/runtime/core/formats/ballot.js";
import { frameHeaderBytes, openFrame } from "../../../../../src/runtime/core/formats/frame.js";
import { maxBallotsPerFrame } from "../../../../../src/runtime/core/limits.js";
import { partitionOf } from "../../../../../src/runtime/core/voter/partition.js";
import { Account } from "../../../../../src/runtime/load/measure/account.js";
import { BallotPlan } from "../../../../../src/runtime/load/plan/ballot-plan.js";
import {
  FrameWriter,
  maxChunkBallots,
} from "../../../../../src/runtime/load/send/log/frame-writer.js";

const total = 20_000;
const receivedAt = 1_795_000_000_123;

function writerOf(partitions: number): { account: Account; writer: FrameWriter } {
  const plan = new BallotPlan({
    seed: 3,
    stream: "main",
    total,
    weights: [2, 1],
    secondVoteShare: 0.3,
    retryShare: 0.2,
    minLag: 1_000,
    lagSpread: 1_000,
  });
  const account = new Account(plan);
  const producerId = Buffer.alloc(16, 9);
  const writer = new FrameWriter({
    account,
    election: "demo",
    instance: Buffer.alloc(16),
    partitions,
    producerId,
    keyId: Buffer.alloc(8, 3),
  });
  return { account, writer };
}

interface Written {
  readonly ballotId: string;
  readonly voterTag: string;
  readonly choice: number;
}

/** Writes everything, acknowledging each chunk before the next, and reads it back. */
function writeAll(partitions: number, acknowledge = true): { account: Account; all: Written[] } {
  const { account, writer } = writerOf(partitions);
  const all: Written[] = [];
  const sequences = new Map<number, number>();
  while (account.sent < total) {
    const chunk = writer.write(Math.min(700, total - account.sent), receivedAt);
    for (const { partition, bytes } of chunk.frames) {
      const frame = openFrame(bytes, "written");
      expect(frame).toMatchObject({ election: "demo", partition, kind: 1 });
      expect(frame.producerSequence).toBe((sequences.get(partition) ?? 0) + 1);
      sequences.set(partition, frame.producerSequence);
      for (let place = 0; place < frame.ballotCount; place++) {
        const ballot = readBallot(frame.bytes, frameHeaderBytes + place * ballotBytes);
        const voterTag = Buffer.from(ballot.voterTag);
        expect(partitionOf(voterTag.readInt32LE(0), partitions)).toBe(partition);
        expect(ballot.receivedAt).toBe(receivedAt);
        const ballotId = Buffer.from(ballot.ballotId).toString("hex");
        all.push({ ballotId, voterTag: voterTag.toString("hex"), choice: ballot.choice });
      }
    }
    if (acknowledge) account.acknowledgeRange(chunk.from, chunk.to, chunk.firstVotes);
    writer.release(chunk);
  }
  return { account, all };
}

describe("FrameWriter", () => {
  it.each([1, 3, 8])("writes what its account says, into %i partitions", (partitions) => {
    const { account, all } = writeAll(partitions);
    expect(all.length).toBe(total + account.retriesSent);
    const byId = new Map<string, Written>();
    for (const ballot of all) {
      // A retry is the same ballot to the byte.
      expect(byId.get(ballot.ballotId) ?? ballot).toEqual(ballot);
      byId.set(ballot.ballotId, ballot);
    }
    expect(byId.size).toBe(total);
    const voters = new Set(all.map(({ voterTag }) => voterTag));
    expect(voters.size).toBe(total - account.secondVotesAcknowledged);
    const firstVotes = account.firstVotes.reduce((sum, votes) => sum + votes, 0);
    expect(firstVotes + account.secondVotesAcknowledged).toBe(total);
    expect(account.secondVotesAcknowledged / total).toBeCloseTo(0.3, 1);
    expect(account.retriesSent / total).toBeCloseTo(0.2, 1);
  });

  it("puts a voter's first vote before the second", () => {
    const { account, all } = writeAll(4);
    const firstOfVoter = new Map<string, string>();
    for (const { voterTag, ballotId } of all) {
      if (!firstOfVoter.has(voterTag)) firstOfVoter.set(voterTag, ballotId);
    }
    const { plan } = account;
    for (const ballotId of firstOfVoter.values()) {
      const id = Buffer.from(ballotId, "hex");
      const words = Int32Array.from([0, 4, 8, 12].map((at) => id.readInt32LE(at)));
      expect(account.secondVotes.has(plan.indexesOf(words)[0])).toBe(false);
    }
  });

  it("sends nothing twice and nobody a second time while nothing is acknowledged", () => {
    const { account, all } = writeAll(4, false);
    expect(new Set(all.map(({ voterTag }) => voterTag)).size).toBe(total);
    expect(account.retriesSent).toBe(0);
    expect(account.substituted).toBeGreaterThan(0);
  });

  it("cuts chunks that fit into frames whatever the number of partitions", () => {
    for (const partitions of [1, 2, 8, 64, 1_024]) {
      expect(maxChunkBallots(partitions) / partitions).toBeLessThanOrEqual(maxBallotsPerFrame / 2);
    }
  });
});
