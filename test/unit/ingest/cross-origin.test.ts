import { describe, expect, it, onTestFinished } from "vitest";
import { startIngest } from "../../../src/runtime/ingest/server.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";

const page = "http://127.0.0.1:4001";

async function ingestFor(allowOrigins: readonly string[]) {
  const engine = await openTestEngine();
  await openTestElection(engine, "demo", 2);
  const secret = await engine.keys.tokenSecret();
  const claims = { subject: "a", scope: "vote", election: "demo" } as const;
  const token = issueToken({ secret, ...claims, expiresInSeconds: 60, nowMs: Date.now() });
  const ingest = await startIngest({ ...engine, host: "127.0.0.1", port: 0, allowOrigins });
  onTestFinished(() => ingest.stop());
  const url = `${ingest.url}/v1/elections/demo/ballots`;
  const vote = (origin: string) =>
    fetch(url, {
      method: "POST",
      headers: { origin, authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"choice":"c0"}',
    });
  const ask = (origin: string) =>
    fetch(url, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
  return { ingest, vote, ask };
}

const allowed = (answer: Response) => answer.headers.get("access-control-allow-origin");

describe("pages of other origins", () => {
  it("are let in by their exact origin, and no other", async () => {
    const { vote, ask } = await ingestFor(["https://vote.example", page]);
    const preflight = await ask(page);
    expect([preflight.status, allowed(preflight)]).toEqual([204, page]);
    expect(preflight.headers.get("access-control-allow-headers")).toBe(
      "authorization, content-type, prefer",
    );
    expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST");
    const answer = await vote(page);
    expect([answer.status, allowed(answer), answer.headers.get("vary")]).toEqual([
      202,
      page,
      "Origin",
    ]);
    for (const other of ["http://127.0.0.1:40010", "http://localhost:4001", "null", "*"]) {
      expect(allowed(await ask(other))).toBeNull();
      expect(allowed(await vote(other))).toBeNull();
    }
  });

  it("see refusals too", async () => {
    const { ingest } = await ingestFor([page]);
    const answer = await fetch(`${ingest.url}/v1/elections/demo/ballots`, {
      method: "POST",
      headers: { origin: page, "content-type": "application/json" },
      body: '{"choice":"c0"}',
    });
    expect([answer.status, allowed(answer)]).toEqual([401, page]);
  });

  it("are not let in unless somebody says so", async () => {
    const { vote, ask } = await ingestFor([]);
    const preflight = await ask(page);
    expect([preflight.status, allowed(preflight)]).toEqual([405, null]);
    expect(allowed(await vote(page))).toBeNull();
  });

  it.each(["*", "http://127.0.0.1:4001/", "127.0.0.1:4001", "file:///x", "HTTP://a"])(
    "cannot be named as %s",
    async (origin) => {
      await expect(ingestFor([origin])).rejects.toMatchObject({ code: "invalid-usage" });
    },
  );
});
