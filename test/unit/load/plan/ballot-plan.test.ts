import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BallotPlan,
  blockWords,
  isIndexBlock,
  type PlanOptions,
} from "../../../../src/runtime/load/plan/ballot-plan.js";

const options: PlanOptions = {
  seed: 7,
  stream: "main",
  total: 100_000,
  weights: [5, 3, 2],
  secondVoteShare: 0.05,
  retryShare: 0.01,
  minLag: 1_000,
  lagSpread: 500,
};

function blocks(indexes: readonly number[]): Int32Array {
  const words = new Int32Array(indexes.length * blockWords);
  indexes.forEach((index, place) => {
    words[place * blockWords] = index;
  });
  return words;
}

const everyIndex = Array.from({ length: options.total }, (_, index) => index);
const index32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("BallotPlan", () => {
  it("makes the same ballots from the same seed, and others from another seed or stream", () => {
    const ids = (changes: Partial<PlanOptions>) =>
      [0, 1, 99_999].map((index) => new BallotPlan({ ...options, ...changes }).idOf(index));
    expect(ids({})).toEqual(ids({}));
    const all = [...ids({}), ...ids({ seed: 8 }), ...ids({ stream: "http" })];
    expect(new Set(all.map((id) => id.toString("hex"))).size).toBe(9);
  });

  it("turns each ballot id back into its index, and each tag into its voter", () => {
    const plan = new BallotPlan(options);
    fc.assert(
      fc.property(fc.array(index32, { minLength: 1, maxLength: 50 }), (indexes) => {
        const original = blocks(indexes);
        const back = plan.indexesOf(plan.idsOf(original));
        expect(back).toEqual(original);
        expect(plan.votersOf(plan.tagsOf(original))).toEqual(original);
        for (let at = 0; at < back.length; at += blockWords) {
          expect(isIndexBlock(back, at)).toBe(true);
        }
      }),
    );
  });

  it("does not take an id for its own that it has not made", () => {
    const plan = new BallotPlan(options);
    const other = new BallotPlan({ ...options, stream: "http" });
    fc.assert(
      fc.property(index32, fc.integer({ min: 0, max: 127 }), (index, bit) => {
        const foreign = plan.indexesOf(other.idsOf(blocks([index])));
        expect(isIndexBlock(foreign, 0)).toBe(false);
        const flipped = plan.idsOf(blocks([index])).slice();
        flipped[bit >> 5] ^= 1 << (bit & 31);
        expect(isIndexBlock(plan.indexesOf(flipped), 0)).toBe(false);
      }),
    );
  });

  it("keeps to the weights and the shares", () => {
    const plan = new BallotPlan(options);
    const ids = plan.idsOf(blocks(everyIndex));
    const choices = [0, 0, 0];
    let seconds = 0;
    let retries = 0;
    for (const index of everyIndex) {
      choices[plan.choiceAt(ids, index * blockWords)]++;
      if (plan.drawsSecondVote(index, ids, index * blockWords)) seconds++;
      if (plan.drawsRetry(index, ids, index * blockWords)) retries++;
    }
    const share = (count: number) => count / options.total;
    expect(share(choices[0])).toBeCloseTo(0.5, 2);
    expect(share(choices[1])).toBeCloseTo(0.3, 2);
    expect(share(choices[2])).toBeCloseTo(0.2, 2);
    expect(share(seconds)).toBeCloseTo(0.05, 2);
    expect(share(retries)).toBeCloseTo(0.01, 2);
  });

  it("has bots vote in turns, each first with a ballot that is no second vote", () => {
    const plan = new BallotPlan({ ...options, bots: 7 });
    const ids = plan.idsOf(blocks(everyIndex));
    for (const index of everyIndex) {
      const at = index * blockWords;
      expect(plan.drawsSecondVote(index, ids, at)).toBe(index >= 7);
      if (index >= 7) expect(plan.secondVoteOf(index, ids, at)).toBe(index % 7);
    }
  });

  it("goes back at least the lag and never before the first ballot", () => {
    const plan = new BallotPlan(options);
    const ids = plan.idsOf(blocks(everyIndex));
    for (const index of everyIndex.slice(options.minLag)) {
      for (const earlier of [
        plan.secondVoteOf(index, ids, index * blockWords),
        plan.retryOf(index, ids, index * blockWords),
      ]) {
        if (earlier < 0 || earlier > index - options.minLag) {
          expect.fail(`${index} goes back to ${earlier}`);
        }
      }
    }
  });
});
