import { randomBytes } from "node:crypto";
import { solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/sha";
import { afterEach, describe, expect, it } from "vitest";
import type { Problem } from "../../../src/runtime/contracts/http/problem.js";
import type { Challenge, Proof } from "../../../src/runtime/contracts/http/proof-of-work.js";
import { proofValidMs } from "../../../src/runtime/core/limits.js";
import { withKeyDestroyed } from "../../../src/runtime/core/voter/key-destroyed.js";
import { askForProof } from "../../../src/runtime/elections/proof-of-work.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { systemClock } from "../../../src/runtime/time/clock.js";
import { eventually } from "../../helpers/temporary.js";
import { type Bench, batch, post, problemCode, startBench, vote } from "./support.js";

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

const ask = ({ engine }: Bench, election: string, required = true) =>
  askForProof(engine, election, required, { by: "ada", at: Date.now() });

/** With the election `lunch`, which asks for proofs, and a wall clock that can be moved on. */
async function start() {
  let aheadMs = 0;
  const wallClock = () => systemClock.wallClock() + aheadMs;
  const own = await startBench({ clock: { ...systemClock, wallClock } });
  bench = own;
  await own.election("lunch");
  await ask(own, "lunch");
  return { own, passMs: (ms: number) => (aheadMs += ms) };
}

const newId = () => randomBytes(16).toString("hex");

interface Attempt {
  readonly election?: string;
  readonly voter?: string;
  readonly ballotId?: string;
  readonly proof?: unknown;
}

const send = (own: Bench, { election = "lunch", voter = "alice", ...rest }: Attempt) =>
  vote(own, election, {
    token: own.token(voter),
    body: JSON.stringify({ choice: "soup", ...rest }),
  });

/** The challenge with which a ballot is refused. */
async function challengeFor(own: Bench, attempt: Attempt): Promise<Challenge> {
  const answer = await send(own, attempt);
  expect(await problemCode(answer.clone())).toBe("403 proof-required");
  const { challenge } = (await answer.json()) as Problem;
  return challenge!;
}

async function solved(challenge: Challenge): Promise<Proof> {
  const solution = await solveChallenge({ challenge, deriveKey });
  return { challenge, solution: { ...solution!, counter: solution!.counter } };
}

/** What is wrong with a proof, by the refusal's words. */
async function faultOf(own: Bench, attempt: Attempt): Promise<string> {
  const answer = await send(own, attempt);
  const { code, detail, challenge } = (await answer.json()) as Problem;
  expect({ code, hasChallenge: challenge !== undefined }).toEqual({
    code: "proof-required",
    hasChallenge: true,
  });
  return detail;
}

const ballots = async (own: Bench, election = "lunch") =>
  (await own.frames(election)).reduce((sum, { ballotCount }) => sum + ballotCount, 0);

describe("an election that asks for a proof of work", () => {
  it("takes a ballot with one, again with the same, and on another ingest", async () => {
    const { own } = await start();
    const ballotId = newId();
    const challenge = await challengeFor(own, { ballotId });
    expect(challenge.parameters.data.ballot).toBe(ballotId);
    expect(await ballots(own)).toBe(0);
    const proof = await solved(challenge);
    expect((await send(own, { ballotId, proof })).status).toBe(202);
    expect((await send(own, { ballotId, proof })).status).toBe(202);
    const other = await startIngest({ ...own.engine, host: "127.0.0.1", port: 0 });
    try {
      const answer = await post(`${other.url}/v1/elections/lunch/ballots`, {
        token: own.token("alice"),
        type: "application/json",
        body: JSON.stringify({ choice: "soup", ballotId, proof }),
      });
      expect(answer.status).toBe(202);
    } finally {
      await other.stop();
    }
  });

  it("draws the ballot's id where it has none", async () => {
    const { own } = await start();
    const challenge = await challengeFor(own, {});
    const ballotId = challenge.parameters.data.ballot;
    expect(ballotId).toMatch(/^[0-9a-f]{32}$/);
    const proof = await solved(challenge);
    expect((await send(own, { ballotId, proof })).status).toBe(202);
  });

  it("refuses what is no proof, or not one for this ballot, and takes nothing of it", async () => {
    const { own } = await start();
    const another = "The proof of work is for another ballot.";
    const ballotId = newId();
    const proof = await solved(await challengeFor(own, { ballotId }));
    const { challenge, solution } = proof;
    const changed = (change: Partial<Challenge["parameters"]>) => ({
      solution,
      challenge: { ...challenge, parameters: { ...challenge.parameters, ...change } },
    });
    const form = "The ballot's proof of work is not of the form that it has.";
    for (const none of [null, "proof", {}, { challenge }, { challenge, solution: {} }, [proof]]) {
      expect(await faultOf(own, { ballotId, proof: none })).toBe(form);
    }
    const wrong = "The ballot's proof of work is wrong.";
    const { counter, derivedKey } = solution;
    for (const one of [
      { challenge, solution: { counter: counter + 1, derivedKey } },
      { challenge, solution: { counter, derivedKey: "0".repeat(64) } },
      { challenge, solution: { counter: -1, derivedKey } },
      { challenge: { ...challenge, signature: "0".repeat(64) }, solution },
      changed({ keyPrefix: "0" }),
      changed({ expiresAt: challenge.parameters.expiresAt + 1 }),
      changed({ nonce: newId() }),
    ]) {
      expect(await faultOf(own, { ballotId, proof: one })).toBe(wrong);
    }
    // Replayed: for another ballot of the same voter.
    expect(await faultOf(own, { ballotId: newId(), proof })).toBe(another);
    expect(await faultOf(own, { proof })).toBe(another);
    // Another voter's.
    expect(await faultOf(own, { voter: "bob", ballotId, proof })).toBe(another);
    // Another election's.
    await own.election("dinner");
    await ask(own, "dinner");
    expect(await faultOf(own, { election: "dinner", ballotId, proof })).toBe(another);
    expect(await ballots(own)).toBe(0);
    expect(await ballots(own, "dinner")).toBe(0);
    expect((await send(own, { ballotId, proof })).status).toBe(202);
  });

  it("refuses one that has expired", async () => {
    const { own, passMs } = await start();
    const ballotId = newId();
    const proof = await solved(await challengeFor(own, { ballotId }));
    passMs(proofValidMs + 1_000);
    // The token is older by then, too, and good for long enough.
    const token = own.token("alice", "vote", 3_600);
    const body = JSON.stringify({ choice: "soup", ballotId, proof });
    const answer = await vote(own, "lunch", { token, body });
    const { detail } = (await answer.json()) as Problem;
    expect(detail).toBe("The ballot's proof of work has expired.");
    expect(await ballots(own)).toBe(0);
  });

  it.each([
    ["not open yet", [], "409 election-not-open"],
    ["closed", ["open", "closed"], "409 election-closed"],
    ["over, its voter key destroyed", ["open", "closed", "certified"], "409 election-closed"],
  ] as const)("asks nobody while it is %s", async (_what, statuses, refusal) => {
    const own = await startBench();
    bench = own;
    await own.election("lunch", "draft");
    await ask(own, "lunch");
    for (const status of statuses) await own.setStatus("lunch", status);
    const { registry } = own.engine;
    const election = await registry.get("lunch");
    expect(election).toMatchObject({ proofOfWork: true });
    if (election?.status === "certified") {
      const destruction = { host: "0123456789abcdef", at: Date.now() };
      await registry.replace(withKeyDestroyed(election, destruction));
    }
    expect(await problemCode(await send(own, {}))).toBe(refusal);
  });

  it("counts challenges in the voter's quota, and a ballot with its proof once", async () => {
    const began = systemClock.now();
    // By a clock that stands still, nothing of the quota comes back.
    const clock = { ...systemClock, now: () => began };
    const own = await startBench({ rates: { perVoter: 2 }, clock });
    bench = own;
    await own.election("lunch");
    await ask(own, "lunch");
    const ballotId = newId();
    const proof = await solved(await challengeFor(own, { ballotId }));
    for (let n = 0; n < 3; n++) {
      expect((await send(own, { ballotId, proof })).status).toBe(202);
    }
    for (const more of [{}, { ballotId, proof }]) {
      expect(await problemCode(await send(own, more))).toBe("429 too-many-requests");
    }
    await challengeFor(own, { voter: "bob" });
  });

  it("asks no gateway, and nobody once it is switched off", async () => {
    const { own } = await start();
    await challengeFor(own, {});
    const body = '{"voter":"w1","choice":"soup"}\n';
    expect((await batch(own, "lunch", { body })).status).toBe(200);
    await ask(own, "lunch", false);
    await eventually("taken", async () => (await send(own, {})).status === 202);
    await ask(own, "lunch", true);
    await eventually("asked", async () => (await send(own, {})).status === 403);
  });
});
