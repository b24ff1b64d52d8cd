import { describe, expect, it, onTestFinished } from "vitest";
import type { PlanOptions } from "../../../../../src/runtime/load/plan/ballot-plan.js";
import { BatchSender } from "../../../../../src/runtime/load/send/http/batch-sender.js";
import { eventually } from "../../../../helpers/temporary.js";
import { type Answer, candidates, openSite, partitions, type Request } from "./site.js";

async function senderTo(
  changes: Partial<PlanOptions>,
  answer: (request: Request) => Answer | Promise<Answer>,
  { giveUpAfterMs = 30_000, batchBallots = 6 } = {},
) {
  const site = await openSite(changes, answer, giveUpAfterMs);
  const sender = new BatchSender(site.context, { ...site.options, partitions, batchBallots });
  onTestFinished(() => sender.close());
  const sendUpTo = async (due: number) => {
    await eventually("every ballot sent", () => {
      sender.pump(due);
      return site.account.sent === due;
    });
    await sender.settled();
  };
  const sendAll = () => sendUpTo(site.plan.total);
  return { ...site, sender, sendAll, sendUpTo };
}

/** The ingest's answer to a batch, with the code of each refused line. */
const answered = (positions: object, codes: Readonly<Record<number, string>> = {}): Answer => {
  const refusals = Object.entries(codes).map(([line, code]) => {
    return { line: Number(line), code, detail: "why" };
  });
  return { status: 200, body: { accepted: 0, refused: 0, positions, refusals } };
};
const all = answered({ 0: 7, 2: 9 });
const unavailable: Answer = { status: 503, body: { code: "log-unavailable" } };

interface Line {
  readonly voter: string;
  readonly ballotId: string;
  readonly choice: string;
}
const linesOf = ({ body }: Request) =>
  body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

describe("BatchSender", () => {
  it("sends the plan's ballots as a gateway's lines, and keeps where they went", async () => {
    const { account, latencies, plan, requests, sender, sendAll, shown, view, visible } =
      await senderTo({}, () => all);
    await sendAll();
    const [{ path, authorization }, ...others] = requests;
    expect(others).toEqual([]);
    expect({ path, authorization }).toEqual({
      path: "/v1/elections/lunch/ballots:batch",
      authorization: "Bearer gateway",
    });
    expect(linesOf(requests[0])).toEqual(
      Array.from({ length: 6 }, (_, index) => ({
        voter: `load-3-main-${index}`,
        ballotId: plan.idOf(index).toString("hex"),
        choice: candidates[plan.choiceAt(plan.idsOf(Int32Array.of(index, 0, 0, 0)), 0)],
      })),
    );
    expect(account).toMatchObject({ sent: 6, acknowledged: 6, unknown: 0, resent: 0 });
    expect(sender.journal.find(5, 2)).toMatchObject({ partition: 2, position: 9 });
    expect(sender.journal.find(5, 1)?.position).toBeUndefined();
    expect(latencies).toEqual([{ dueAt: 5, ballots: 6 }]);
    // Half of them in each of the two partitions, visible once the watermark has passed.
    const figures = { sequence: 0, counts: [], rejections: [], retriesAbsorbed: 0, sealed: false };
    await view.set("lunch", { ...figures, partition: 0, position: 8 });
    await visible.poll();
    expect(shown.map(({ ballots }) => ballots)).toEqual([3]);
    await view.set("lunch", { ...figures, partition: 2, position: 10 });
    await visible.poll();
    expect(shown.map(({ ballots }) => ballots)).toEqual([3, 3]);
    expect(visible.isEmpty).toBe(true);
  });

  it("splits what is due into batches", async () => {
    const { account, requests, sendAll } = await senderTo({ total: 10 }, () => all, {
      batchBallots: 4,
    });
    await sendAll();
    expect(requests.map((request) => linesOf(request).length).sort()).toEqual([2, 4, 4]);
    expect(account.acknowledged).toBe(10);
  });

  it("takes each line's refusal, and the whole batch's", async () => {
    const refusals = { 2: "unknown-candidate", 6: "invalid-voter" };
    const { account, sendAll } = await senderTo({ total: 12 }, ({ number }) =>
      number === 0
        ? answered({ 0: 7 }, refusals)
        : { status: 409, body: { code: "election-closed" } },
    );
    await sendAll();
    expect(account).toMatchObject({ acknowledged: 4, refused: 8, unknown: 0, resent: 0 });
    expect(Object.fromEntries(account.refusals)).toEqual({
      "unknown-candidate": 1,
      "invalid-voter": 1,
      "election-closed": 6,
    });
    expect([1, 5].map((index) => account.refusedBallots.has(index))).toEqual([true, true]);
  });

  it("sends a whole batch again after a 503, byte for byte", async () => {
    const { account, requests, sendAll } = await senderTo({}, ({ number }) =>
      number === 0 ? unavailable : all,
    );
    await sendAll();
    expect(requests).toHaveLength(2);
    expect(requests[1].body).toBe(requests[0].body);
    expect(account).toMatchObject({ acknowledged: 6, resent: 6, unknown: 0 });
  });

  it("counts each line that it sends again, repeated ballots among them", async () => {
    const shares = { retryShare: 0.3, minLag: 20, lagSpread: 20 };
    const seen = new Set<string>();
    const { account, requests, sendUpTo } = await senderTo(
      { total: 100, ...shares },
      ({ body }) => {
        if (seen.has(body)) return all;
        seen.add(body);
        return undefined;
      },
      { batchBallots: 20 },
    );
    for (let due = 20; due <= 100; due += 20) await sendUpTo(due);
    expect(account).toMatchObject({ sent: 100, acknowledged: 100, unknown: 0 });
    expect(account.retriesSent).toBeGreaterThan(0);
    const lines = requests.reduce((sum, request) => sum + linesOf(request).length, 0);
    expect(lines).toBe(account.sent + account.retriesSent + account.resent);
  });

  it("sends only those lines again whose frame was given up", async () => {
    const { account, plan, requests, sendAll } = await senderTo({}, ({ number }) =>
      number === 0 ? answered({ 0: 7 }, { 3: "log-unavailable" }) : answered({ 1: 4 }),
    );
    await sendAll();
    expect(linesOf(requests[1]).map(({ ballotId }) => ballotId)).toEqual([
      plan.idOf(2).toString("hex"),
    ]);
    expect(account).toMatchObject({ acknowledged: 6, refused: 0, resent: 1 });
  });

  it("does not know what a refusal means after a try without an answer", async () => {
    const { account, sendAll } = await senderTo({}, ({ number }) =>
      number === 0 ? undefined : answered({ 0: 7 }, { 1: "election-closed" }),
    );
    await sendAll();
    expect(account).toMatchObject({ acknowledged: 5, refused: 0, unknown: 1, resent: 6 });
  });

  it("gives up after its time, and then does not know the outcome", async () => {
    const { account, sendAll } = await senderTo({}, () => unavailable, { giveUpAfterMs: 0 });
    await sendAll();
    expect(account).toMatchObject({ sent: 6, unknown: 6, acknowledged: 0 });
  });

  it("repeats acknowledged ballots after the new ones, as the same voter", async () => {
    const shares = { secondVoteShare: 0.3, retryShare: 0.3, minLag: 20, lagSpread: 20 };
    const { account, requests, sendUpTo } = await senderTo({ total: 200, ...shares }, () => all, {
      batchBallots: 20,
    });
    for (let due = 20; due <= 200; due += 20) await sendUpTo(due);
    expect(account).toMatchObject({ sent: 200, acknowledged: 200 });
    expect(account.retriesSent).toBeGreaterThan(0);
    expect(account.retriesAcknowledged).toBe(account.retriesSent);
    expect(account.secondVotesAcknowledged).toBeGreaterThan(0);
    const voters = new Map<string, string>();
    let repeated = 0;
    for (const request of requests) {
      linesOf(request).forEach(({ voter, ballotId }, place) => {
        const before = voters.get(ballotId);
        if (before !== undefined) {
          repeated++;
          expect(voter).toBe(before);
          expect(place).toBeGreaterThanOrEqual(20);
        }
        voters.set(ballotId, voter);
      });
    }
    expect(repeated).toBe(account.retriesSent);
    const voted = new Set(voters.values());
    expect(voted.size).toBe(200 - account.secondVotesAcknowledged);
  });

  it("forges lines, and takes their refusal even after a try without an answer", async () => {
    const code = "malformed-json";
    const { account, requests, sendAll } = await senderTo({ forgedShare: 1 }, ({ number }) =>
      number === 0
        ? unavailable
        : answered({}, Object.fromEntries([1, 2, 3, 4, 5, 6].map((line) => [line, code]))),
    );
    await sendAll();
    expect(account).toMatchObject({ refused: 6, unknown: 0, acknowledged: 0 });
    for (const line of requests[0].body.trimEnd().split("\n")) {
      expect(line.endsWith('"choice":"-nobody"}') || !line.endsWith("}")).toBe(true);
    }
  });
});
