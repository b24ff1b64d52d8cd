import { describe, expect, it } from "vitest";
import type { Ballot } from "../../../src/runtime/core/formats/ballot.js";
import { counted } from "../../../src/runtime/core/formats/decision.js";
import { hashOfRecord } from "../../../src/runtime/core/formats/log-digest.js";
import { auditReceipt, verifyReceipt } from "../../../src/runtime/recount/receipt/audit-receipt.js";
import {
  auditReceipts,
  verifyReceipts,
} from "../../../src/runtime/recount/receipt/audit-receipts.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { ballotOf, markerOf } from "../../helpers/data/ballots.js";
import {
  type DraftSegment,
  electionOf,
  encodeChain,
  honestChain,
  storeChain,
} from "../../helpers/data/chains.js";
import { openTestEngine } from "../../helpers/data/election.js";
import { promisedFrame } from "../../helpers/data/receipts.js";
import { talliedElection } from "../../helpers/data/tallied-election.js";
import { signerFor, testKey, testKeys } from "../../helpers/data/test-keys.js";

const append = (engine: Engine, election: string, ...frames: Buffer[]) =>
  engine.log.append(frames.map((bytes) => ({ election, partition: 0, bytes })));

/** An election with one partition, its real tally, and frames one after the other. */
async function scene() {
  const { engine, election, stopTally, append: appendFrames, tallied } = await talliedElection();
  let sequence = 0;
  return {
    engine,
    stopTally,
    promise: (...ballots: Ballot[]) => promisedFrame(election, 0, ballots, ++sequence),
    async decide(...frames: Buffer[]) {
      await appendFrames(frames);
      expect(await tallied()).toBe(true);
    },
    fate: (receipt: string) => auditReceipt(receipt, engine),
  };
}

async function* linesOf(...lines: string[]) {
  yield* lines;
}

describe("the audit of a receipt", () => {
  it("says what the tally has decided, and why", async () => {
    const { promise, decide, fate } = await scene();
    const first = promise(ballotOf(1, 1, 0), ballotOf(2, 2, 1), ballotOf(3, 3, 9));
    const second = promise(ballotOf(1, 4, 1), ballotOf(2, 2, 0), ballotOf(2, 2, 1));
    await decide(first.bytes, second.bytes);
    expect(await fate(first.receipt(0))).toEqual({
      election: "demo",
      ballotId: expect.stringMatching(/^01000000/),
      choice: "c0",
      receivedAt: 1_700_000_000_001,
      partition: 0,
      position: 0,
      keyId: testKeys.frames.id,
      outcome: "counted",
      segment: 0,
    });
    expect(await fate(first.receipt(1))).toMatchObject({ outcome: "counted", choice: "c1" });
    const unknown = { outcome: "rejected", reason: "unknown-candidate", choice: "9" };
    expect(await fate(first.receipt(2))).toMatchObject(unknown);
    const again = { outcome: "rejected", reason: "already-voted" };
    expect(await fate(second.receipt(0, 1))).toMatchObject(again);
    const repeated = { outcome: "repeated", decision: "counted" };
    expect(await fate(second.receipt(1, 1))).toMatchObject(repeated);
    // A retry is the ballot itself.
    expect(await fate(second.receipt(2, 1))).toMatchObject({ outcome: "counted", choice: "c1" });
  });

  it("knows rejected ballots that are not kept, and those behind the end", async () => {
    const { promise, decide, fate } = await scene();
    const flood = Array.from({ length: 40 }, (_, at) => ballotOf(1, at + 1, 0));
    const many = promise(...flood);
    const unknown = promise(ballotOf(1, 90, 9));
    const late = promise(ballotOf(7, 91, 0), ballotOf(1, 92, 9));
    await decide(many.bytes, unknown.bytes, markerOf("demo", 0), late.bytes);
    const kept = await fate(many.receipt(5));
    expect(kept).toMatchObject({ outcome: "rejected", reason: "already-voted", segment: 0 });
    const unkept = await fate(many.receipt(39));
    expect(unkept).toMatchObject({ outcome: "rejected", reason: "already-voted" });
    expect(unkept.segment).toBeUndefined();
    expect(await fate(unknown.receipt(0, 1))).toMatchObject({ reason: "unknown-candidate" });
    expect(await fate(late.receipt(0, 3))).toMatchObject({ reason: "election-closed" });
    expect(await fate(late.receipt(1, 3))).toMatchObject({ reason: "election-closed" });
  });

  it("tells a ballot that waits for the tally from one that is nowhere", async () => {
    const { engine, promise, decide, stopTally, fate } = await scene();
    await decide(promise(ballotOf(1, 1)).bytes);
    await stopTally();
    const waiting = promise(ballotOf(2, 2));
    const lost = promise(ballotOf(3, 3));
    await append(engine, "demo", waiting.bytes);
    expect(await fate(waiting.receipt(0, 1))).toMatchObject({ outcome: "pending" });
    // The place that a receipt names is a hint: what counts is what stands in the log.
    expect(await fate(waiting.receipt(0, 77))).toMatchObject({ outcome: "pending" });
    for (const position of [0, 1, 77]) {
      expect(await fate(lost.receipt(0, position))).toMatchObject({
        outcome: "missing",
        detail: "its frame is not in the log",
      });
    }
  });
});

describe("the audit of many receipts", () => {
  it("sums up what became of each, and names those that are wrong", async () => {
    const { engine, promise, decide, stopTally } = await scene();
    const first = promise(ballotOf(1, 1, 0), ballotOf(2, 2, 1), ballotOf(3, 3, 9));
    const second = promise(ballotOf(1, 4, 1), ballotOf(2, 2, 0));
    await decide(first.bytes, second.bytes);
    await stopTally();
    const waiting = promise(ballotOf(4, 5));
    await append(engine, "demo", waiting.bytes);
    const lost = promise(ballotOf(6, 6), ballotOf(7, 7)).receipt(1);
    const lines = [
      ...[0, 1, 2].map((index) => first.receipt(index)),
      ...[0, 1].map((index) => second.receipt(index, 1)),
      "",
      waiting.receipt(0, 2),
      lost,
      lost.replace(/....$/, "AAAA"),
    ];
    const audit = await auditReceipts(linesOf(...lines), engine);
    expect(audit).toEqual({
      receipts: 8,
      outcomes: {
        ...{ signed: 0, counted: 2, rejected: 2, repeated: 1, pending: 1 },
        ...{ missing: 1, invalid: 1 },
      },
      findings: [
        { line: 8, detail: expect.stringMatching(/^Ballot 07.* is missing: its frame is not/) },
        { line: 9, detail: expect.stringMatching(/^The receipt does not hold: its checksum/) },
      ],
    });
  });
});

describe("the audit of a receipt against a ledger that is not the log's", () => {
  const ballot = ballotOf(1, 1, 0);

  /** A log with the promised frame, and a chain that fits itself alone. */
  async function forged(change: (segment: DraftSegment, record: Buffer) => void) {
    const engine = await openTestEngine();
    await engine.registry.create(electionOf("forged", 3, 1));
    const frame = promisedFrame("forged", 0, [ballot]);
    await append(engine, "forged", frame.bytes);
    const drafts = honestChain("forged", 0, 3, [[{ ballot, decision: counted }]]);
    drafts[0].sealed = false;
    change(drafts[0], frame.bytes);
    const chain = encodeChain(drafts);
    await storeChain(engine.ledger, "forged", 0, chain);
    return auditReceipt(frame.receipt(0), engine);
  }

  it("calls missing what it passes over, refuses, or holds with another choice", async () => {
    expect(await forged(() => {})).toMatchObject({ outcome: "counted" });
    const emptied = forged((segment) => {
      segment.ballots = [];
      segment.counts = [0, 0, 0];
    });
    expect(await emptied).toMatchObject({
      outcome: "missing",
      detail: "the ledger covers position 0 and does not decide it",
    });
    const refused = forged((segment, record) => {
      const hash = hashOfRecord(record);
      segment.refused = [{ position: 0, reason: "bad-signature", hash }];
      segment.ballots = [];
    });
    expect(await refused).toMatchObject({
      outcome: "missing",
      detail: "position 0 was passed over as bad-signature",
    });
    const altered = forged((segment) => {
      segment.ballots = [{ ballot: { ...ballot, choice: 2 }, decision: counted }];
    });
    expect(await altered).toMatchObject({
      outcome: "missing",
      detail: "segment 0 holds it with another choice",
    });
  });

  it("names damage instead of calling a ballot missing", async () => {
    const moved = forged((segment) => {
      segment.sequence = 5;
    });
    await expect(moved).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringContaining("election forged, partition 0, segment 0"),
    });
  });
});

describe("a receipt without any store", () => {
  const election = electionOf("offline", 3, 1);
  const keysOf = (...keys: { id: string; publicKey: string }[]) => ({
    elections: [
      {
        id: election.id,
        instance: election.instance,
        keys: keys.map((key) => ({ ...key, use: "frames" as const, addedAt: 1 })),
      },
    ],
  });
  const frame = promisedFrame(election, 0, [ballotOf(1, 1, 2), ballotOf(2, 2, 0)]);
  const trusted = keysOf(signerFor(testKeys.frames, "frames"));

  it("holds by the election's published keys", async () => {
    const audit = await verifyReceipt(frame.receipt(0, 5), trusted);
    expect(audit).toMatchObject({ outcome: "signed", choice: "2", position: 5 });
  });

  it("is forged by whoever has no such key", async () => {
    const stranger = testKey(99);
    const forged = promisedFrame(election, 0, [ballotOf(1, 1, 1)], 1, stranger).receipt(0);
    const refused = (keys: typeof trusted, text = forged) =>
      expect(verifyReceipt(text, keys)).rejects;
    await refused(trusted).toMatchObject({
      code: "corrupt-receipt",
      message: expect.stringContaining(`the key ${stranger.id}, which election offline`),
    });
    // The id of a trusted key over another key's signature.
    const posing = { ...stranger, id: testKeys.frames.id };
    const posed = promisedFrame(election, 0, [ballotOf(1, 1, 1)], 1, posing).receipt(0);
    await refused(trusted, posed).toMatchObject({
      code: "corrupt-receipt",
      message: expect.stringContaining("its signature, at byte 160,"),
    });
    const [offline] = trusted.elections;
    const admins = { elections: [{ ...offline, keys: [signerFor(testKeys.frames, "admin")] }] };
    await expect(verifyReceipt(frame.receipt(0), admins)).rejects.toMatchObject({
      code: "corrupt-receipt",
    });
    const later = { elections: [{ ...offline, instance: "ab".repeat(16) }] };
    await refused(later, frame.receipt(0)).toMatchObject({
      code: "corrupt-receipt",
      message: expect.stringContaining("another election with the id offline"),
    });
    await refused({ elections: [] }, frame.receipt(0)).toMatchObject({ code: "unknown-election" });
  });

  it("is one of many, each of which is verified", async () => {
    const stranger = promisedFrame(election, 0, [ballotOf(3, 3)], 1, testKey(99)).receipt(0);
    const elsewhere = promisedFrame("elsewhere", 0, [ballotOf(4, 4)]).receipt(0);
    const lines = [frame.receipt(0), stranger, frame.receipt(1), elsewhere];
    const { receipts, outcomes, findings } = await verifyReceipts(linesOf(...lines), trusted);
    expect({ receipts, outcomes }).toMatchObject({
      receipts: 4,
      outcomes: { signed: 2, invalid: 2 },
    });
    expect(findings).toEqual([
      { line: 2, detail: expect.stringContaining("which election offline does not trust") },
      { line: 4, detail: "The receipt is for election elsewhere, which is not here." },
    ]);
  });
});
