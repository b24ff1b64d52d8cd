import { describe, expect, it } from "vitest";
import { Account } from "../../../../src/runtime/load/measure/account.js";
import { BallotPlan } from "../../../../src/runtime/load/plan/ballot-plan.js";

const total = 1_000;
const planOf = (secondVoteShare: number, retryShare = 0) =>
  new BallotPlan({
    ...{ seed: 7, stream: "main", total, weights: [5, 3, 2], secondVoteShare, retryShare },
    ...{ minLag: 100, lagSpread: 100 },
  });
const idsOf = ({ plan }: Account, index: number) => plan.idsOf(Int32Array.of(index, 0, 0, 0));

/** Sends every ballot; `isAcknowledged` says which have their answer before the next. */
function sendAll(account: Account, isAcknowledged: (index: number) => boolean): number[] {
  return Array.from({ length: total }, (_, index) => {
    const ids = idsOf(account, index);
    const voter = account.assignVoter(index, ids, 0);
    account.sent++;
    if (isAcknowledged(index)) account.acknowledge(index, account.plan.choiceAt(ids, 0));
    return voter;
  });
}

describe("Account", () => {
  it("lets a voter vote again only after the first vote is acknowledged", () => {
    const account = new Account(planOf(0.3));
    const voters = sendAll(account, () => true);
    const seconds = voters.filter((voter, index) => voter !== index);
    expect(seconds.length).toBeGreaterThan(200);
    for (const voter of seconds) expect(voters[voter]).toBe(voter);
    expect(account).toMatchObject({ substituted: 0, secondVotesAcknowledged: seconds.length });
    expect(account.firstVotes.reduce((sum, votes) => sum + votes)).toBe(total - seconds.length);
    voters.forEach((voter, index) => {
      expect(account.voterOf(index, idsOf(account, index), 0)).toBe(voter);
    });
  });

  it("sends a first vote instead while the voter's first has no answer", () => {
    const answered = new Account(planOf(0.3));
    const seconds = sendAll(answered, () => true).filter((voter, index) => voter !== index).length;
    const silent = new Account(planOf(0.3));
    const voters = sendAll(silent, () => false);
    expect(voters).toEqual(Array.from({ length: total }, (_, index) => index));
    expect(silent.substituted).toBe(seconds);
    expect(silent).toMatchObject({ acknowledged: 0, secondVotesAcknowledged: 0 });
  });

  it("repeats only ballots that were acknowledged", () => {
    const account = new Account(planOf(0, 0.3));
    sendAll(account, (index) => index % 2 === 0);
    const repeated = Array.from({ length: total }, (_, index) =>
      account.retryBeside(index, idsOf(account, index), 0),
    );
    const draws = repeated.filter((_, index) =>
      account.plan.drawsRetry(index, idsOf(account, index), 0),
    );
    const sent = repeated.filter((earlier) => earlier >= 0);
    expect(sent.length).toBeGreaterThan(50);
    expect(draws.length - sent.length).toBeGreaterThan(50);
    for (const earlier of sent) expect(earlier % 2).toBe(0);
    expect(repeated.every((earlier, index) => earlier < index)).toBe(true);
  });

  it("counts an answer once, however often it comes", () => {
    const account = new Account(planOf(0));
    for (let again = 0; again < 3; again++) {
      account.acknowledge(1, 2);
      account.refuse(2, "election-closed");
    }
    account.refuse(3, "invalid-token");
    expect(account).toMatchObject({ acknowledged: 1, refused: 2 });
    expect([...account.firstVotes]).toEqual([0, 0, 1]);
    expect(Object.fromEntries(account.refusals)).toEqual({
      "election-closed": 1,
      "invalid-token": 1,
    });
  });

  it("counts a chunk as its ballots one by one", () => {
    const one = new Account(planOf(0.3));
    sendAll(one, () => true);
    const chunk = new Account(planOf(0.3));
    for (let from = 0; from < total; from += 100) {
      for (let index = from; index < from + 100; index++) {
        chunk.assignVoter(index, idsOf(chunk, index), 0);
        chunk.sent++;
      }
      const firstVotes = [0, 0, 0];
      for (let index = from; index < from + 100; index++) {
        const choice = chunk.plan.choiceAt(idsOf(chunk, index), 0);
        if (!chunk.secondVotes.has(index)) firstVotes[choice]++;
      }
      chunk.acknowledgeRange(from, from + 100, firstVotes);
    }
    expect(chunk.pack()).toEqual(one.pack());
    expect(chunk.blocks()).toEqual(one.blocks());
  });

  it("takes the voter of a second vote that a generator chose itself", () => {
    const account = new Account(planOf(0.3));
    sendAll(account, () => false);
    account.assignSecondVote(500, 3);
    account.acknowledge(500, 1);
    expect(account.voterOf(500, idsOf(account, 500), 0)).toBe(3);
    expect(account.voterOf(501, idsOf(account, 501), 0)).toBe(501);
    expect(account).toMatchObject({ acknowledged: 1, secondVotesAcknowledged: 1 });
  });

  it("goes to another process as its snapshot and blocks", () => {
    const account = new Account(planOf(0.3, 0.1));
    sendAll(account, (index) => index % 3 !== 0);
    account.refuse(0, "invalid-token");
    const counters = { unknown: 4, retriesSent: 3, retriesAcknowledged: 2, resent: 1 };
    Object.assign(account, counters);
    const copy = new Account(planOf(0.3, 0.1));
    copy.restore(JSON.parse(JSON.stringify(account.pack())));
    copy.blocks().forEach((block, number) => {
      block.set(account.blocks()[number]);
    });
    expect(copy).toMatchObject({ ...counters, sent: total, refused: 1 });
    expect(copy.pack()).toEqual(account.pack());
    for (let index = 0; index < total; index++) {
      expect(copy.acknowledgedBallots.has(index)).toBe(account.acknowledgedBallots.has(index));
      expect(copy.refusedBallots.has(index)).toBe(account.refusedBallots.has(index));
      const ids = idsOf(account, index);
      expect(copy.voterOf(index, ids, 0)).toBe(account.voterOf(index, ids, 0));
    }
  });
});
