import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptyTally,
  foldFrame,
  restoreSegment,
  type TallyState,
} from "../../../../src/runtime/core/fold/fold.js";
import { ballotBytes } from "../../../../src/runtime/core/formats/ballot.js";
import {
  absorbedRetry,
  type DecisionName,
  decisionNames,
  unkeptRejection,
} from "../../../../src/runtime/core/formats/decision.js";
import {
  decodeSegment,
  encodeSegment,
  firstPreviousHash,
  type Segment,
} from "../../../../src/runtime/core/formats/segment.js";
import { unbound } from "../../../helpers/data/identity.js";
import {
  ballotsOf,
  busyBallot,
  busyLog,
  candidates,
  encodeBallots,
  frameOf,
  type ModelDecision,
  modelDecisions,
  type SmallBallot,
  type SmallFrame,
  smallBallot,
  smallLog,
} from "./fold-model.js";

function nameOf(decision: number): ModelDecision {
  if (decision === absorbedRetry) return "absorbed-retry";
  return decision === unkeptRejection ? "rejected-unkept" : decisionNames[decision];
}

/** Folds a log, frame by frame, into `state`; the decisions of all ballots in order. */
function foldLog(state: TallyState, log: readonly SmallFrame[]): ModelDecision[] {
  return log.flatMap((small, index) => {
    const frame = frameOf(small, index + 1);
    const decisions = new Uint8Array(frame.ballotCount).fill(200);
    const leftOut = foldFrame(state, frame, decisions);
    expect(leftOut).toBe(decisions.filter((decision) => decision >= unkeptRejection).length);
    return Array.from(decisions, nameOf);
  });
}

const totalsOf = (state: TallyState) => ({
  counts: [...state.counts],
  rejections: [...state.rejections],
  unkept: [...state.unkept],
  retriesAbsorbed: state.retriesAbsorbed,
  sealed: state.sealed,
});

function tallyOf(log: readonly SmallFrame[]): [TallyState, ModelDecision[]] {
  const state = emptyTally(candidates, 0, 1);
  const decisions = foldLog(state, log);
  return [state, decisions];
}

/** The log with each frame repeated, at once or later, as a retrying producer leaves it. */
const logWithDuplicates = smallLog.chain((log) =>
  fc.array(fc.tuple(fc.nat(11), fc.nat(12)), { maxLength: 8 }).map((repeats) => {
    const duplicated = [...log];
    for (const [from, later] of repeats) {
      const frame = log[from];
      if (frame !== undefined) duplicated.splice(duplicated.indexOf(frame) + 1 + later, 0, frame);
    }
    return duplicated;
  }),
);

describe("the fold", () => {
  it("decides each ballot as the model does, in any order, with frames twice", () => {
    fc.assert(
      fc.property(fc.oneof(logWithDuplicates, busyLog), (log) => {
        const [state, decisions] = tallyOf(log);
        expect(decisions).toEqual(modelDecisions(log));
        expect(state.sealed).toBe(log.includes("close"));
      }),
      { numRuns: 500 },
    );
  });

  it("counts one ballot a voter at most, decides no ballot twice, and its totals add up", () => {
    fc.assert(
      fc.property(logWithDuplicates, (log) => {
        const [state, decisions] = tallyOf(log);
        const ballots = ballotsOf(log);
        const decided = ballots.filter((_, index) => decisions[index] !== "absorbed-retry");
        const counted = ballots.filter((_, index) => decisions[index] === "counted");
        const pairs = decided.map(({ voter, id }) => `${voter}/${id}`);
        expect(new Set(pairs).size).toBe(pairs.length);
        expect(new Set(pairs)).toEqual(new Set(ballots.map(({ voter, id }) => `${voter}/${id}`)));
        expect(new Set(counted.map(({ voter }) => voter)).size).toBe(counted.length);

        const expected = Array.from({ length: candidates }, () => 0);
        for (const { choice } of counted) expected[choice]++;
        expect([...state.counts]).toEqual(expected);
        const rejections = decisionNames.slice(1);
        expect([...state.rejections]).toEqual(
          rejections.map((name) => decisions.filter((decision) => decision === name).length),
        );
        expect(state.retriesAbsorbed).toBe(ballots.length - decided.length);
        expect(state.voters.size).toBe(counted.length);
        expect(state.rejectedBallots.size).toBe(decided.length - counted.length);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps so many rejected ballots of a voter and no more, and counts all of them", () => {
    fc.assert(
      fc.property(busyLog, (log) => {
        const [state, decisions] = tallyOf(log);
        const ballots = ballotsOf(log);
        const kept = new Map<number, number>();
        const rejected = decisions.filter((decision) => !notRejected.includes(decision));
        ballots.forEach(({ voter }, index) => {
          const decision = decisions[index];
          if (notRejected.includes(decision) || decision === "rejected-unkept") return;
          kept.set(voter, (kept.get(voter) ?? 0) + 1);
        });
        expect(Math.max(0, ...kept.values())).toBeLessThanOrEqual(16);
        const sum = (values: Float64Array) => values.reduce((one, other) => one + other, 0);
        const unkept = decisions.filter((decision) => decision === "rejected-unkept").length;
        expect(sum(state.unkept)).toBe(unkept);
        expect(sum(state.rejections)).toBe(rejected.length);
        if (unkept > 0) expect([...kept.values()]).toContain(16);
      }),
      { numRuns: 300 },
    );
  });

  it("does not depend on how ballots are cut into frames", () => {
    const cuts = fc.array(fc.nat(60), { maxLength: 20 });
    const anyBallot = fc.oneof(smallBallot, busyBallot);
    fc.assert(
      fc.property(fc.array(anyBallot, { maxLength: 90 }), cuts, (ballots, places) => {
        const ends = [...places, ballots.length].sort((one, other) => one - other);
        const recut = ends.map((end, index) => ballots.slice(ends[index - 1] ?? 0, end));
        const [whole, decisions] = tallyOf([ballots]);
        const [inPieces, sameDecisions] = tallyOf(recut);
        expect(sameDecisions).toEqual(decisions);
        expect(totalsOf(inPieces)).toEqual(totalsOf(whole));
      }),
    );
  });

  it("is not changed by a replay of the whole log, from any place, in any order", () => {
    fc.assert(
      fc.property(smallLog, fc.infiniteStream(fc.nat()), (log, order) => {
        const [state] = tallyOf(log);
        const before = totalsOf(state);
        const replay = log
          .filter((frame) => frame !== "close")
          .map((frame) => ({ frame, key: order.next().value ?? 0 }))
          .sort((one, other) => one.key - other.key)
          .map(({ frame }) => frame);
        const decisions = foldLog(state, replay);
        expect(decisions.every((decision) => decision === "absorbed-retry")).toBe(true);
        expect(totalsOf(state)).toEqual({
          ...before,
          retriesAbsorbed: before.retriesAbsorbed + decisions.length,
        });
      }),
    );
  });

  it("counts the same voters for every interleaving of several producers' frames", () => {
    const validBallot = smallBallot.map((ballot) => ({ ...ballot, choice: ballot.choice % 3 }));
    const frames = fc.array(fc.array(validBallot, { maxLength: 6 }), { maxLength: 10 });
    const shuffled = frames.chain((log) =>
      fc.tuple(fc.constant(log), fc.shuffledSubarray(log, { minLength: log.length })),
    );
    fc.assert(
      fc.property(shuffled, ([log, other]) => {
        const votersOf = (order: readonly SmallFrame[]) => {
          const [, decisions] = tallyOf(order);
          const counted = ballotsOf(order).filter((_, index) => decisions[index] === "counted");
          return new Set(counted.map(({ voter }) => voter));
        };
        expect(votersOf(other)).toEqual(votersOf(log));
      }),
    );
  });
});

const notRejected: readonly ModelDecision[] = ["counted", "absorbed-retry"];

/** Commits a folded log as a chain of segments with `perSegment` decided ballots each. */
function segmentsOf(log: readonly SmallFrame[], perSegment: number): Segment[] {
  const state = emptyTally(candidates, 0, 1);
  const segments: Segment[] = [];
  let previousHash: Uint8Array = firstPreviousHash;
  let waiting: { ballot: SmallBallot; decision: DecisionName }[] = [];
  const commit = () => {
    const ballots = Buffer.alloc(waiting.length * ballotBytes);
    encodeBallots(
      waiting.map(({ ballot }) => ballot),
      ballots,
      0,
    );
    const decisions = Uint8Array.from(waiting, ({ decision }) => decisionNames.indexOf(decision));
    const positions = { positionFrom: segments.length, positionTo: segments.length + 1 };
    const place = { election: "fold", partition: 0, sequence: segments.length };
    const header = { ...unbound, ...place, ...positions };
    const totals = { ...totalsOf(state), previousHash };
    const bytes = encodeSegment({ ...header, ...totals }, ballots, decisions);
    segments.push(decodeSegment(bytes, "test"));
    previousHash = segments[segments.length - 1].hash;
    waiting = [];
  };
  for (const frame of log) {
    const decisions = foldLog(state, [frame]);
    ballotsOf([frame]).forEach((ballot, index) => {
      const decision = decisions[index];
      if (decision === "absorbed-retry" || decision === "rejected-unkept") return;
      waiting.push({ ballot, decision });
    });
    if (waiting.length >= perSegment || frame === "close") commit();
  }
  commit();
  return segments;
}

describe("a tally restored from its segments", () => {
  it("is where the fold was, and decides everything after alike", () => {
    const anyLog = fc.oneof(smallLog, busyLog);
    fc.assert(
      fc.property(anyLog, anyLog, fc.integer({ min: 1, max: 20 }), (log, later, perSegment) => {
        const [folded] = tallyOf(log);
        const restored = emptyTally(candidates, 0, 1);
        for (const segment of segmentsOf(log, perSegment)) restoreSegment(restored, segment);
        expect(totalsOf(restored)).toEqual(totalsOf(folded));
        expect(restored.voters.size).toBe(folded.voters.size);
        expect(restored.rejectedBallots.size).toBe(folded.rejectedBallots.size);
        // All of it again, then something new: whatever was decided must still be known.
        const rest = [...log.filter((frame) => frame !== "close"), ...later];
        expect(foldLog(restored, rest)).toEqual(foldLog(folded, rest));
        expect(totalsOf(restored)).toEqual(totalsOf(folded));
      }),
      { numRuns: 300 },
    );
  });
});
