import { describe, expect, it, onTestFinished } from "vitest";
import type { BallotReceipt } from "../../../src/runtime/contracts/http/ballot.js";
import { ballotDecisionSchema } from "../../../src/runtime/contracts/http/ballot-decision.js";
import { readReceipt } from "../../../src/runtime/core/formats/receipt.js";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { numbered } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { eventually } from "../../helpers/temporary.js";

const address = { host: "127.0.0.1", port: 0 };

/** The real roles over one directory, the tally not yet. */
async function roles() {
  const engine = await openTestEngine();
  await openTestElection(engine, "demo", 2);
  const ingest = await startIngest({ ...engine, ...address });
  const serve = await startServe({ ...engine, ...address });
  onTestFinished(async () => {
    await ingest.stop();
    await serve.stop();
  });
  const secret = await engine.keys.tokenSecret();
  const token = (subject: string) =>
    issueToken({
      ...{ secret, subject, scope: "vote", election: "demo" },
      ...{ expiresInSeconds: 600, nowMs: Date.now() },
    });
  return {
    engine,
    serve,
    /** Asks ingest, with a voter's token. */
    askAs: (voter: string | undefined, { ballotId, position }: Omit<Question, "voterTag">) =>
      fetch(`${ingest.url}/v1/elections/demo/ballots/${ballotId}?position=${position}`, {
        headers: voter === undefined ? {} : { authorization: `Bearer ${token(voter)}` },
      }),
    async vote(voter: string, ballotId: string, choice = "c0") {
      const answer = await fetch(`${ingest.url}/v1/elections/demo/ballots`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token(voter)}`,
          "content-type": "application/json",
          prefer: "receipt",
        },
        body: JSON.stringify({ choice, ballotId }),
      });
      expect(answer.status).toBe(202);
      const { receipt = "", ...rest } = (await answer.json()) as BallotReceipt;
      const { voterTag } = readReceipt(receipt).ballot;
      return { ...rest, voterTag: Buffer.from(voterTag).toString("hex") };
    },
    ask: ({ ballotId, position, voterTag }: Question, election = "demo") =>
      fetch(
        `${serve.url}/v1/elections/${election}/ballots/${ballotId}` +
          `?position=${position}&voterTag=${voterTag}`,
      ),
  };
}

interface Question {
  readonly ballotId: string;
  readonly position: number | string;
  readonly voterTag: string;
}

const idOf = (number: number) => numbered(number).toString("hex");

describe("GET /v1/elections/{id}/ballots/{ballotId}", () => {
  it("says pending, then for good what the ledger has decided, with the receipt", async () => {
    const { engine, serve, vote, ask, askAs } = await roles();
    const first = await vote("ann", idOf(1));
    const other = await vote("bob", idOf(2));
    const second = await vote("ann", idOf(3), "c1");
    const again = await vote("ann", idOf(1));
    const asked = ({ ballotId, partition, position }: typeof first) => ({
      ...{ election: "demo", ballotId, partition, position },
    });
    const pending = await ask(first);
    expect(await pending.json()).toEqual({ ...asked(first), outcome: "pending" });
    expect(pending.headers.get("cache-control")).toBe("public, max-age=0, s-maxage=1");
    const privately = await askAs("ann", first);
    expect(await privately.json()).toEqual({ ...asked(first), outcome: "pending" });
    expect(privately.headers.get("cache-control")).toBe("no-store");
    const tally = await startTally(engine);
    onTestFinished(() => tally.stop());
    const decided = (question: typeof first) =>
      eventually("a decision", async () => {
        const answer = await ask(question);
        expect(answer.status).toBe(200);
        const body = ballotDecisionSchema.parse(await answer.json());
        return body.outcome !== "pending" && { body, answer };
      });
    const segment = expect.any(Number);
    const { body, answer } = await decided(first);
    expect(body).toEqual({ ...asked(first), outcome: "counted", segment });
    expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect((await decided(other)).body.outcome).toBe("counted");
    const rejected = { outcome: "rejected", reason: "already-voted", segment };
    expect((await decided(second)).body).toEqual({ ...asked(second), ...rejected });
    // A retry is the ballot itself: its decision stands where it came first.
    expect((await decided(again)).body).toEqual({ ...asked(again), outcome: "counted", segment });
    const unknown = async (question: Question) => {
      const answer = await ask(question);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(await answer.json()).toMatchObject({ status: 404, code: "unknown-ballot" });
    };
    // Somebody else's receipt, or a guess, opens nothing.
    const stranger = `${first.voterTag.slice(0, 8)}${"0".repeat(24)}`;
    await unknown({ ...first, voterTag: stranger });
    await unknown({ ...first, ballotId: idOf(9) });
    // Ingest says the same to the voter, and nothing to another one, or to nobody.
    const own = await askAs("ann", second);
    expect(await own.json()).toEqual({ ...asked(second), ...rejected });
    expect(own.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
    expect(own.headers.get("vary")).toBe("authorization");
    const others = await askAs("eve", first);
    expect(((await others.json()) as { outcome?: string }).outcome).not.toBe("counted");
    expect((await askAs(undefined, first)).status).toBe(401);
    // It keeps no state of its own: another process says the same.
    const fresh = await startServe({ ...engine, ...address });
    onTestFinished(() => fresh.stop());
    const url = answer.url.replace(serve.url, fresh.url);
    expect(await (await fetch(url)).json()).toEqual(body);
  });

  it("refuses what names no ballot, before it reads anything", async () => {
    const { ask } = await roles();
    const right = { ballotId: idOf(1), position: 0, voterTag: idOf(2) };
    const code = async (change: Partial<Question>, election?: string) => {
      const answer = await ask({ ...right, ...change }, election);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      return `${answer.status} ${((await answer.json()) as { code: string }).code}`;
    };
    for (const position of ["", "-1", "1.5", "1e3", "9".repeat(16), "0&position=1"]) {
      expect(await code({ position })).toBe("400 bad-request");
    }
    for (const id of ["", "AB".repeat(16), "0".repeat(31), `${idOf(1)}0`]) {
      expect(await code({ voterTag: id })).toBe("400 bad-request");
      if (id !== "") expect(await code({ ballotId: id })).toBe("400 bad-request");
    }
    expect(await code({}, "none")).toBe("404 unknown-election");
    expect(await code({}, "NO%20ID")).toBe("404 unknown-election");
  });
});
