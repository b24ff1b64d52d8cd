import { describe, expect, it, onTestFinished } from "vitest";
import type { PlanOptions } from "../../../../../src/runtime/load/plan/ballot-plan.js";
import { forgeryOf } from "../../../../../src/runtime/load/send/http/forgery.js";
import { HttpSender } from "../../../../../src/runtime/load/send/http/http-sender.js";
import { eventually } from "../../../../helpers/temporary.js";
import { type Answer, candidates, openSite, type Request } from "./site.js";

async function senderTo(
  changes: Partial<PlanOptions>,
  answer: (request: Request) => Answer | Promise<Answer>,
  giveUpAfterMs?: number,
) {
  const site = await openSite(changes, answer, giveUpAfterMs);
  const sender = new HttpSender(site.context, site.options);
  onTestFinished(() => sender.close());
  /** Sends ballots, and waits for all outcomes. */
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

const accepted = ({ number }: Request): Answer => ({
  status: 202,
  body: { partition: number % 4, position: 10 * number },
});
const closed: Answer = { status: 409, body: { code: "election-closed" } };
const limited: Answer = { status: 429, body: { code: "too-many-requests" } };
const unavailable: Answer = { status: 503, body: { code: "log-unavailable" } };

/** By ballot id, the requests that carried it. */
function byBallot(requests: readonly Request[]): Map<string, Request[]> {
  const ballots = new Map<string, Request[]>();
  for (const request of requests) {
    const { ballotId } = JSON.parse(request.body) as { ballotId: string };
    ballots.set(ballotId, [...(ballots.get(ballotId) ?? []), request]);
  }
  return ballots;
}

describe("HttpSender", () => {
  it("sends each ballot of the plan once, as its voter, and keeps where it went", async () => {
    const { account, latencies, plan, requests, sender, sendAll, visible } = await senderTo(
      {},
      accepted,
    );
    await sendAll();
    const ballots = byBallot(requests);
    expect(ballots.size).toBe(6);
    for (let index = 0; index < 6; index++) {
      const id = plan.idOf(index);
      const [{ path, authorization, body, number }, ...others] = ballots.get(id.toString("hex"))!;
      expect(others).toEqual([]);
      expect(path).toBe("/v1/elections/lunch/ballots");
      expect(authorization).toBe(`Bearer load-3-main-${index}`);
      const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
      expect(JSON.parse(body).choice).toBe(candidates[plan.choiceAt(ids, 0)]);
      const place = { partition: number % 4, position: 10 * number };
      expect(sender.journal.find(index)).toMatchObject(place);
    }
    expect(account).toMatchObject({ sent: 6, acknowledged: 6, refused: 0, unknown: 0, resent: 0 });
    expect(account.firstVotes.reduce((sum, votes) => sum + votes)).toBe(6);
    expect(latencies).toEqual(Array.from({ length: 6 }, () => ({ dueAt: 5, ballots: 1 })));
    expect(visible.isEmpty).toBe(false);
  });

  it("waits for an answer on each connection, and sends nothing new while it settles", async () => {
    const gates: (() => void)[] = [];
    const { account, requests, sender } = await senderTo({}, async (request) => {
      await new Promise<void>((resolve) => gates.push(resolve));
      return accepted(request);
    });
    sender.pump(6);
    await eventually("two requests", () => gates.length === 2);
    sender.pump(6);
    expect(account.sent).toBe(2);
    gates[0]();
    await eventually("the next on the same connection", () => gates.length === 3);
    const settled = sender.settled();
    for (const open of gates) open();
    await settled;
    expect(requests).toHaveLength(3);
    expect(account).toMatchObject({ sent: 3, acknowledged: 3 });
  });

  it("takes a refusal for an answer", async () => {
    const { account, requests, sendAll } = await senderTo({}, (request) =>
      request.number < 2 ? accepted(request) : closed,
    );
    await sendAll();
    expect(requests).toHaveLength(6);
    expect(account).toMatchObject({ acknowledged: 2, refused: 4, unknown: 0, resent: 0 });
    expect([...account.refusals]).toEqual([["election-closed", 4]]);
  });

  it.each([
    ["a 503", unavailable],
    ["a 408", { status: 408, body: { code: "request-timeout" } }],
    ["no answer", undefined],
    ["a 202 without a place", { status: 202, body: {} }],
  ])("sends the same ballot again after %s", async (_, first) => {
    const { account, requests, sendAll } = await senderTo({ total: 1 }, (request) =>
      request.number === 0 ? first : accepted(request),
    );
    await sendAll();
    expect(account).toMatchObject({ acknowledged: 1, resent: 1, unknown: 0 });
    expect(requests[1].body).toBe(requests[0].body);
    expect(requests[1].authorization).toBe(requests[0].authorization);
  });

  it("does not know the outcome when a refusal follows a try without an answer", async () => {
    const { account, sendAll } = await senderTo({ total: 1 }, ({ number }) =>
      number === 0 ? undefined : closed,
    );
    await sendAll();
    expect(account).toMatchObject({ acknowledged: 0, refused: 0, unknown: 1, resent: 1 });
  });

  it("asks again when a 429 follows a try without an answer", async () => {
    const { account, requests, sendAll } = await senderTo({ total: 1 }, (request) => {
      if (request.number === 0) return undefined;
      return request.number === 1 ? limited : accepted(request);
    });
    await sendAll();
    expect(requests).toHaveLength(3);
    expect(account).toMatchObject({ acknowledged: 1, refused: 0, unknown: 0, resent: 2 });
  });

  it("takes a 429 for an answer when there was no try before", async () => {
    const { account, sendAll } = await senderTo({ total: 1 }, () => limited);
    await sendAll();
    expect(account).toMatchObject({ refused: 1, unknown: 0, resent: 0 });
  });

  it("gives up after its time, and then does not know the outcome", async () => {
    const { account, requests, sendAll } = await senderTo({}, () => unavailable, 0);
    await sendAll();
    expect(account).toMatchObject({ sent: 6, unknown: 6, acknowledged: 0, resent: 0 });
    expect(requests).toHaveLength(6);
  });

  it("forges tokens and bodies as the plan draws them", async () => {
    const total = 40;
    // Forged ballots never reach the log, so a refusal is clear even after a 503.
    const answer = ({ number }: Request): Answer =>
      number === 0 ? unavailable : { status: 400, body: { code: "refused" } };
    const { account, plan, requests, sendAll } = await senderTo({ total, forgedShare: 1 }, answer);
    await sendAll();
    expect(account).toMatchObject({ refused: total, unknown: 0, acknowledged: 0, resent: 1 });
    const kinds = new Set<string>();
    for (let index = 0; index < total; index++) {
      const id = plan.idOf(index).toString("hex");
      const request = requests.find(({ body }) => body.includes(id))!;
      const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
      const [kind] = forgeryOf("http", plan.forgeryDraw(ids, 0));
      kinds.add(kind);
      const token = {
        "no-token": undefined,
        "expired-token": "Bearer expired-token",
        "foreign-token": "Bearer foreign-token",
        "unknown-candidate": `Bearer load-3-main-${index}`,
        "malformed-ballot": `Bearer load-3-main-${index}`,
      }[kind];
      expect(request.authorization).toBe(token);
      if (kind === "malformed-ballot") expect(() => JSON.parse(request.body)).toThrow();
      else {
        const isKnown = candidates.includes(JSON.parse(request.body).choice);
        expect(isKnown).toBe(kind !== "unknown-candidate");
      }
    }
    expect(kinds.size).toBe(5);
  });

  it("votes again for earlier voters, and repeats ballots that were acknowledged", async () => {
    const shares = { secondVoteShare: 0.3, retryShare: 0.3, minLag: 20, lagSpread: 20 };
    const { account, plan, requests, sendUpTo } = await senderTo(
      { total: 200, ...shares },
      accepted,
    );
    for (let due = 10; due <= 200; due += 10) await sendUpTo(due);
    expect(account.acknowledged).toBe(200);
    expect(account.secondVotesAcknowledged).toBeGreaterThan(0);
    expect(account.retriesSent).toBeGreaterThan(0);
    expect(account.retriesAcknowledged).toBe(account.retriesSent);
    expect(requests).toHaveLength(200 + account.retriesSent);
    const ballots = byBallot(requests);
    const repeats = new Array<number>(200).fill(0);
    for (let index = 0; index < 200; index++) {
      const again = account.retryBeside(index, plan.idsOf(Int32Array.of(index, 0, 0, 0)), 0);
      if (again >= 0) repeats[again]++;
    }
    for (let index = 0; index < 200; index++) {
      const ids = plan.idsOf(Int32Array.of(index, 0, 0, 0));
      const voter = account.voterOf(index, ids, 0);
      expect(voter === index).toBe(!account.secondVotes.has(index));
      expect(account.secondVotes.has(voter)).toBe(false);
      const sent = ballots.get(plan.idOf(index).toString("hex"))!;
      expect(sent).toHaveLength(1 + repeats[index]);
      for (const request of sent) {
        expect(request.authorization).toBe(`Bearer load-3-main-${voter}`);
      }
    }
  });

  it("sends again what another generator has sent, without counting its latency", async () => {
    const { account, latencies, requests, sender } = await senderTo({}, (request) =>
      request.body.includes(lost) ? closed : accepted(request),
    );
    const lost = account.plan.idOf(4).toString("hex");
    account.sent = 5;
    sender.resend([1, 4]);
    await sender.settled();
    expect(requests).toHaveLength(2);
    // The refusal may come after an acknowledgement that got lost.
    expect(account).toMatchObject({ sent: 5, acknowledged: 1, refused: 0, unknown: 1, resent: 2 });
    expect(account.acknowledgedBallots.has(1)).toBe(true);
    expect(sender.journal.find(1)).toBeDefined();
    expect(latencies).toEqual([]);
  });
});
