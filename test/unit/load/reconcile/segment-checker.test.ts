import { describe, expect, it } from "vitest";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import {
  alreadyVoted,
  counted,
  electionClosed,
} from "../../../../src/runtime/core/formats/decision.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../../src/runtime/core/formats/segment.js";
import { Account } from "../../../../src/runtime/load/measure/account.js";
import { Bitmap } from "../../../../src/runtime/load/measure/bitmap.js";
import { BallotPlan } from "../../../../src/runtime/load/plan/ballot-plan.js";
import { LoadFindings } from "../../../../src/runtime/load/reconcile/findings.js";
import {
  type CheckedStream,
  SegmentChecker,
} from "../../../../src/runtime/load/reconcile/segment-checker.js";
import { writeBallot } from "../../../helpers/data/ballots.js";
import { unbound } from "../../../helpers/data/identity.js";

const candidates = 3;
const total = 100;

function streamOf(
  name: string,
  changes: Partial<CheckedStream> = {},
  acknowledged = total,
): CheckedStream {
  const plan = new BallotPlan({
    ...{ seed: 1, stream: name, total, weights: [5, 3, 2], minLag: 1, lagSpread: 1 },
    ...{ secondVoteShare: 0, retryShare: 0 },
  });
  const account = new Account(plan);
  account.sent = total;
  account.acknowledgedBallots.addRange(0, acknowledged);
  return {
    ...{ name, account, checksVoter: true, timesOf: (index) => ({ intendedAt: index }) },
    ...{ decided: new Bitmap(total), countedVoters: new Bitmap(total) },
    rejectedOfBots: new Uint32Array(0),
    ...{ lateFirstVotes: new Float64Array(candidates), lateSecondVotes: 0, closedOut: 0 },
    ...{ undecidedFirstVotes: new Float64Array(candidates), undecidedSecondVotes: 0 },
    ...changes,
  };
}

interface Decided {
  readonly stream?: CheckedStream;
  readonly index: number;
  readonly decision?: number;
  /** The index of the voter's first ballot. Default: the ballot itself. */
  readonly voter?: number;
  readonly choice?: number;
}

const words = (index: number) => Int32Array.of(index, 0, 0, 0);
const bytes = ({ buffer, byteOffset }: Int32Array) => Buffer.from(buffer, byteOffset, 16);

/** A real segment with these ballots of the streams' plans; without a stream, nobody's. */
function segmentOf(ballots: readonly Decided[], sequence = 0): Segment {
  const body = Buffer.alloc(ballots.length * ballotBytes);
  ballots.forEach(({ stream, index, voter = index, choice }, place) => {
    const plan = stream?.account.plan;
    const ids = plan?.idsOf(words(index));
    writeBallot(body, place * ballotBytes, {
      ballotId: ids === undefined ? Buffer.alloc(16, 200 + index) : bytes(ids),
      voterTag: plan === undefined ? Buffer.alloc(16, 9) : bytes(plan.tagsOf(words(voter))),
      choice: choice ?? (ids === undefined ? 0 : (plan?.choiceAt(ids, 0) ?? 0)),
      receivedAt: 77,
    });
  });
  const header = {
    ...unbound,
    ...{ election: "lunch", partition: 2, sequence, positionFrom: 0, positionTo: 1 },
    ...{ sealed: false, retriesAbsorbed: 0, previousHash: firstPreviousHash },
    ...{ counts: [0, 0, 0], rejections: [0, 0, 0, 0], unkept: [0, 0, 0, 0] },
  };
  const decisions = Buffer.from(ballots.map(({ decision = counted }) => decision));
  return decodeSegment(encodeSegment(header, body, decisions), "test");
}

function checkerOf(
  streams: readonly CheckedStream[],
  { allowForeign = false, segmentsBefore = [] as number[], closed = false, closesAt = 77 } = {},
) {
  const findings = new LoadFindings();
  const rules = { allowForeign, segmentsBefore, closed, closesAt };
  const checker = new SegmentChecker(streams, candidates, findings, rules);
  const kinds = () => findings.kept.map(({ kind }) => kind);
  return { checker, findings, kinds };
}

describe("SegmentChecker", () => {
  it("finds nothing wrong with what the streams sent, and adds it up", () => {
    const streams = [streamOf("main"), streamOf("web")];
    const { checker, kinds } = checkerOf(streams);
    const ballots = Array.from({ length: total }, (_, index) => ({
      stream: streams[index % 2],
      index,
    }));
    checker.check(segmentOf(ballots.slice(0, 60)), false);
    checker.check(segmentOf(ballots.slice(60), 1), false);
    expect(kinds()).toEqual([]);
    expect(checker.own.counts.reduce((sum, votes) => sum + votes)).toBe(total);
    expect(checker.sum).toEqual(checker.own);
    for (const [number, { decided }] of streams.entries()) {
      for (let index = 0; index < total; index++) {
        expect(decided.has(index)).toBe(index % 2 === number);
      }
    }
  });

  it("expects second votes to be rejected, and only one vote of a voter to count", () => {
    const stream = streamOf("main");
    stream.account.assignSecondVote(5, 1);
    stream.account.assignSecondVote(6, 1);
    const { checker, kinds } = checkerOf([stream]);
    const first = { stream, index: 1 };
    checker.check(
      segmentOf([first, { stream, index: 5, voter: 1, decision: alreadyVoted }]),
      false,
    );
    expect(kinds()).toEqual([]);
    checker.check(segmentOf([{ stream, index: 6, voter: 1, decision: counted }], 1), false);
    expect(kinds()).toEqual(["counted-twice"]);
  });

  it.each([
    ["decided-twice", [{ index: 3 }, { index: 3 }]],
    ["wrong-decision", [{ index: 3, decision: alreadyVoted }]],
    ["wrong-choice", [{ index: 3, choice: 1 }]],
    ["wrong-voter", [{ index: 3, voter: 4 }]],
    ["wrong-decision", [{ index: 3, decision: electionClosed }]],
  ])("finds %s, with the ballot and its place", (kind, ballots) => {
    const stream = streamOf("main");
    const id = bytes(stream.account.plan.idsOf(words(3))).toString("hex");
    const { checker, findings } = checkerOf([stream]);
    checker.check(segmentOf(ballots.map((ballot) => ({ stream, ...ballot }))), false);
    expect(findings.kept).toMatchObject([
      {
        ...{ kind, ballotId: id, stream: "main", index: 3, partition: 2, sequence: 0 },
        ...{ receivedAt: 77, intendedAt: 3 },
      },
    ]);
    const place = ballots.length - 1;
    expect(findings.kept[0].detail).toContain(`partition 2, segment 0, ballot ${place} (id ${id})`);
  });

  it("finds a ballot that was refused to the client and yet decided", () => {
    const stream = streamOf("main");
    stream.account.refuse(8, "election-closed");
    const { checker, kinds } = checkerOf([stream]);
    checker.check(segmentOf([{ stream, index: 8 }]), false);
    expect(kinds()).toEqual(["refused-but-decided"]);
  });

  it("takes a ballot for invented that was not sent yet, whoever's plan it is in", () => {
    const stream = streamOf("main");
    stream.account.sent = 10;
    const { checker, kinds } = checkerOf([stream]);
    checker.check(segmentOf([{ stream, index: 9 }, { stream, index: 10 }, { index: 1 }]), false);
    expect(kinds()).toEqual(["invented", "invented"]);
    expect(checker.own.counts.reduce((sum, votes) => sum + votes)).toBe(1);
    expect(checker.sum.counts.reduce((sum, votes) => sum + votes)).toBe(3);
  });

  it("counts ballots of others apart where they may be, or were there before", () => {
    const others = [
      { index: 1, choice: 2 },
      { index: 2, decision: alreadyVoted },
    ];
    const allowing = checkerOf([streamOf("main")], { allowForeign: true });
    allowing.checker.check(segmentOf(others), false);
    expect(allowing.kinds()).toEqual([]);
    expect(allowing.checker.foreign).toEqual({ counts: [0, 0, 1], rejections: [1, 0, 0, 0] });
    const before = checkerOf([streamOf("main")], { segmentsBefore: [0, 0, 1] });
    before.checker.check(segmentOf(others, 0), false);
    expect(before.kinds()).toEqual([]);
    before.checker.check(segmentOf(others, 1), false);
    expect(before.kinds()).toEqual(["invented", "invented"]);
  });

  it("expects ballots behind the close marker to be rejected for it", () => {
    const stream = streamOf("main");
    stream.account.assignSecondVote(5, 1);
    const { checker, kinds } = checkerOf([stream], { closed: true });
    const ids = stream.account.plan.idsOf(words(4));
    checker.check(segmentOf([{ stream, index: 1 }]), false);
    checker.check(
      segmentOf(
        [
          { stream, index: 4, decision: electionClosed },
          { stream, index: 5, voter: 1, decision: electionClosed },
        ],
        1,
      ),
      true,
    );
    expect(kinds()).toEqual([]);
    expect(stream).toMatchObject({ lateSecondVotes: 1, closedOut: 2 });
    expect(stream.lateFirstVotes[stream.account.plan.choiceAt(ids, 0)]).toBe(1);
    checker.check(segmentOf([{ stream, index: 6 }], 2), true);
    expect(kinds()).toEqual(["decided-after-close"]);
  });

  it("names a ballot that came in before the end, was acknowledged, and is rejected", () => {
    // The outcome of number 5 was left open to whoever sent it.
    const stream = streamOf("main", {}, 5);
    const { checker, findings } = checkerOf([stream], { closed: true, closesAt: 78 });
    const late = [4, 5].map((index) => ({ stream, index, decision: electionClosed }));
    checker.check(segmentOf(late), true);
    expect(findings.kept).toMatchObject([{ kind: "closed-out", index: 4, receivedAt: 77 }]);
    expect(stream).toMatchObject({ closedOut: 1 });
  });

  it("checks the tags that the ingest makes, where it can", () => {
    const tagged = streamOf("web", { writeTag: (voter, target) => target.fill(voter + 1) });
    const wrong = checkerOf([tagged]);
    wrong.checker.check(segmentOf([{ stream: tagged, index: 3 }]), false);
    expect(wrong.kinds()).toEqual(["wrong-voter"]);
    const unchecked = streamOf("web", { checksVoter: false });
    const blind = checkerOf([unchecked]);
    blind.checker.check(segmentOf([{ stream: unchecked, index: 3, voter: 7 }]), false);
    expect(blind.kinds()).toEqual([]);
  });
});
