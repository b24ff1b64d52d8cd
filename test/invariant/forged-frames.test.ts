import { describe, expect, it } from "vitest";
import type { Election } from "../../src/runtime/core/election.js";
import { addSignature, frameHeaderBytes } from "../../src/runtime/core/formats/frame.js";
import { partitionOf } from "../../src/runtime/core/voter/partition.js";
import { closeElection } from "../../src/runtime/elections/closing.js";
import { localAdmin } from "../../src/runtime/elections/local-admin.js";
import { certify } from "../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { waitForSeals } from "../../src/runtime/recount/wait-for-seals.js";
import { startTally } from "../../src/runtime/tally/tally.js";
import type { Engine } from "../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf, markerOf } from "../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../helpers/data/election.js";
import { signedFrame, testKey, testKeys } from "../helpers/data/test-keys.js";
import { eventually } from "../helpers/temporary.js";
import { SkippingClock } from "../helpers/test-clock.js";

const partitions = 2;
const stranger = testKey(9);
/** Their ballots belong to partition 1, and choose candidate 2. */
const invented = Array.from({ length: 50 }, (_, n) => ballotOf(2_001 + 2 * n, 1, 2));

/** Ballots of the voters with these numbers for candidate 0, as an ingest takes them. */
function honest(election: Election, from: number, to: number) {
  const byPartition = Array.from({ length: partitions }, () => [] as typeof invented);
  for (let voter = from; voter < to; voter++) {
    const ballot = ballotOf(voter, voter);
    byPartition[partitionOf(Buffer.from(ballot.voterTag).readInt32LE(0), partitions)].push(ballot);
  }
  return byPartition.map((ballots, partition) => ({
    election: election.id,
    partition,
    bytes: frameOf(election, partition, ballots, from + 1),
  }));
}

async function settled(engine: Engine, election: Election) {
  await closeElection(engine, election.id, { clock: new SkippingClock() });
  await waitForSeals({ election, ...engine, timeoutMs: 60_000 });
  const [ledger, log] = await Promise.all(
    (["ledger", "log"] as const).map((from) =>
      recountElection({ election: election.id, ...engine, from }),
    ),
  );
  expect([ledger.findings, log.findings]).toEqual([[], []]);
  expect(ledger.refused).toEqual(log.refused);
  return log;
}

/** Forged records of partition 1, each with what the segment says of it. */
const forgeries: [what: string, reason: string, forge: (election: Election) => Buffer][] = [
  ["by a key that nobody trusts", "unknown-key", (e) => frameOf(e, 1, invented, 1, stranger)],
  [
    "by such a key under the name of ours",
    "bad-signature",
    (e) => signedFrame(frameOf(e, 1, invented), stranger),
  ],
  [
    "without key and signature",
    "unknown-key",
    (e) => unsigned(frameOf(e, 1, invented, 1, { ...stranger, id: "00".repeat(8) })),
  ],
  ["with its signature removed", "bad-signature", (e) => unsigned(frameOf(e, 1, invented))],
  [
    "with a garbage signature",
    "bad-signature",
    (e) => withSignature(frameOf(e, 1, invented), Buffer.alloc(64, 0xa5)),
  ],
  [
    "with the signature of another frame",
    "bad-signature",
    (e) => withSignature(frameOf(e, 1, invented), signatureIn(frameOf(e, 1, [ballotOf(1, 1)]))),
  ],
  ["signed by an admin", "wrong-key-use", (e) => frameOf(e, 1, invented, 1, testKeys.admin)],
  ["of another election", "wrong-election", (e) => frameOf({ ...e, id: "other" }, 1, invented)],
  [
    "of an election that had this id before",
    "wrong-instance",
    (e) => frameOf({ ...e, instance: "0f".repeat(16) }, 1, invented),
  ],
  ["of another partition", "wrong-partition", (e) => frameOf(e, 0, invented)],
  ["a close marker by a stranger", "unknown-key", (e) => markerOf(e, 1, stranger)],
  ["a close marker by an ingest", "wrong-key-use", (e) => markerOf(e, 1, testKeys.frames)],
  ["a close marker without a signature", "bad-signature", (e) => unsigned(markerOf(e, 1))],
  [
    "a close marker of another election",
    "wrong-election",
    (e) => markerOf({ ...e, id: "other" }, 1),
  ],
];

const signatureAt = 160;
const signatureIn = (frame: Buffer) => frame.subarray(signatureAt, signatureAt + 64);
const unsigned = (frame: Buffer) => withSignature(frame, Buffer.alloc(64));
function withSignature(frame: Buffer, signature: Uint8Array): Buffer {
  addSignature(frame, signature);
  return frame;
}

describe("a record that somebody else has put into the log", () => {
  it.each(forgeries)("is passed over and named: %s", async (_, reason, forge) => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "show", partitions);
    const tally = await startTally(engine);
    await engine.log.append(honest(election, 0, 30));
    await engine.log.append([{ election: "show", partition: 1, bytes: forge(election) }]);
    await engine.log.append(honest(election, 30, 60));
    const report = await settled(engine, election);
    await tally.stop();
    expect(report).toMatchObject({ counted: 60, rejected: {}, refusedCount: 1 });
    expect(report.result.map(({ votes }) => votes)).toEqual([60, 0, 0]);
    expect(report.refused).toEqual([
      { partition: 1, position: 1, reason, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });

  it("is passed over however many there are, and by a tally that takes over, too", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "show", partitions);
    const forged = Array.from({ length: 300 }, (_, n) => ({
      election: "show",
      partition: 1,
      bytes: frameOf(election, 1, invented, n, stranger),
    }));
    await engine.log.append([...honest(election, 0, 30), ...forged]);
    const first = await startTally(engine);
    await eventually("what is there is decided", async () => {
      const { partitions: figures } = await engine.view.get("show");
      return figures.some(({ partition, position }) => partition === 1 && position === 301);
    });
    await first.stop();
    await engine.log.append(honest(election, 30, 60));
    const second = await startTally(engine);
    const report = await settled(engine, election);
    await second.stop();
    expect(report).toMatchObject({ counted: 60, refusedCount: 300 });
    expect(report.refused).toHaveLength(100);
  });

  it("is taken once its key is trusted, by a tally that has read the election before", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "show", partitions);
    const tally = await startTally(engine);
    const admin = localAdmin(engine);
    const late = { election: "show", partition: 1 };
    await engine.log.append([{ ...late, bytes: frameOf(election, 1, invented, 1, stranger) }]);
    await eventually("the stranger's frame is passed over", async () => {
      const { partitions: figures } = await engine.view.get("show");
      return figures.some(({ partition, position }) => partition === 1 && position === 1);
    });
    await admin.trust("show", { publicKey: stranger.publicKey, use: "frames" }, "ada");
    await engine.log.append([{ ...late, bytes: frameOf(election, 1, invented, 2, stranger) }]);
    const report = await settled(engine, election);
    await tally.stop();
    // What was refused stays refused.
    expect(report).toMatchObject({ counted: 50, refusedCount: 1 });
    expect(report.refused[0]).toMatchObject({ position: 0, reason: "unknown-key" });
  });
});

it("behind the seal, a forged record changes neither certificate nor result", async () => {
  const engine = await openTestEngine();
  const election = await openTestElection(engine, "show", partitions);
  const tally = await startTally({ ...engine, checkFinishedEveryMs: 50 });
  await engine.log.append(honest(election, 0, 30));
  const report = await settled(engine, election);
  const certificate = await certify({ ...engine, report, now: 10 });
  const end = await engine.log.end("show", 1);
  const bytes = frameOf(election, 1, invented, 2, stranger);
  await engine.log.append([{ election: "show", partition: 1, bytes }]);
  await eventually("it is passed over", async () => {
    const last = (await chainOf(engine.ledger, "show", 1)).at(-1);
    return last?.positionTo === end + 1;
  });
  await tally.stop();
  const again = await recountElection({ election: "show", ...engine, from: "log" });
  expect(again).toMatchObject({ findings: [], counted: 30, refusedCount: 0, refusedLate: 1 });
  expect(await engine.registry.getCertificate("show")).toEqual(certificate);
});

describe("a record that cannot be read", () => {
  it("halts its partition until an admin voids it, and nothing else can be voided", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "show", partitions);
    const tally = await startTally(engine);
    const admin = localAdmin(engine);
    const damaged = frameOf(election, 1, invented);
    damaged[frameHeaderBytes + 3] ^= 1;
    await engine.log.append(honest(election, 0, 30));
    await engine.log.append([{ election: "show", partition: 1, bytes: damaged }]);
    await engine.log.append(honest(election, 30, 60));
    await eventually("the partition halts", () => (tally.metrics().eventCounts.failed ?? 0) > 0);
    const place = { partition: 1, reason: "The disk lost it." };
    for (const position of [0, 2, 9]) {
      await expect(admin.voidRecord("show", { ...place, position }, "ada")).rejects.toMatchObject({
        code: "not-voidable",
      });
    }
    const { voided } = await admin.voidRecord("show", { ...place, position: 1 }, "ada");
    expect(voided).toHaveLength(1);
    // Said again, it changes nothing.
    const again = await admin.voidRecord("show", { ...place, position: 1 }, "ada");
    expect(again.voided).toEqual(voided);
    const report = await settled(engine, election);
    await tally.stop();
    expect(report).toMatchObject({ counted: 60, rejected: {}, refusedCount: 1 });
    expect(report.refused).toEqual([
      { partition: 1, position: 1, reason: "voided", hash: voided[0].hash },
    ]);
    const { changes } = await admin.trail("show");
    const certificate = await certify({ ...engine, report, now: 10 });
    expect(certificate).toMatchObject({
      refused: report.refused,
      refusedCount: 1,
      voided: [{ partition: 1, position: 1, hash: voided[0].hash, reason: "The disk lost it." }],
    });
    const change = changes.find(({ election: { voided: list } }) => list.length > 0);
    expect(change).toMatchObject({ by: "ada", election: { voided } });
  });

  it("stays a halt when the word that voids it is not an admin's", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "show", partitions);
    const admin = localAdmin(engine);
    const damaged = frameOf(election, 1, invented);
    damaged[frameHeaderBytes + 3] ^= 1;
    await engine.log.append([{ election: "show", partition: 1, bytes: damaged }]);
    const voiding = await admin.voidRecord(
      "show",
      { partition: 1, position: 0, reason: "The disk lost it." },
      "ada",
    );
    const [entry] = voiding.voided;
    const altered = { ...entry, reason: "Nobody will look." };
    await engine.registry.replace({
      ...voiding,
      voided: [altered],
      revision: voiding.revision + 1,
    });
    const tally = await startTally(engine);
    await eventually("the partition halts", () => (tally.metrics().eventCounts.failed ?? 0) > 0);
    await tally.stop();
    expect(await engine.ledger.last("show", 1)).toBeUndefined();
  });
});
