import { describe, expect, it, onTestFinished } from "vitest";
import { remoteAdmin } from "../../../src/runtime/admin/remote-admin.js";
import { startAdmin } from "../../../src/runtime/admin/server.js";
import type { Problem } from "../../../src/runtime/contracts/http/problem.js";
import type { KeyUse } from "../../../src/runtime/core/signers.js";
import { localAdmin } from "../../../src/runtime/elections/local-admin.js";
import { openTokenVerifier } from "../../../src/runtime/keys/authentication/open-verifier.js";
import { openKeyDirectory } from "../../../src/runtime/keys/key-directory.js";
import { issueToken, type TokenScope } from "../../../src/runtime/keys/tokens.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { temporaryDirectory } from "../../helpers/temporary.js";
import { SteppedClock } from "../../helpers/test-clock.js";

const draft = {
  id: "show",
  title: "Show",
  candidates: [
    { id: "a", name: "A" },
    { id: "b", name: "B" },
  ],
  partitions: 2,
};

/** A key of a host that the election does not know yet. */
async function otherHost(use: KeyUse) {
  return openKeyDirectory(await temporaryDirectory()).signingKey(use);
}

async function scene() {
  const engine = await openTestEngine();
  const clock = new SteppedClock(7);
  const running = await startAdmin({
    admin: localAdmin(engine, clock),
    verifier: await openTokenVerifier(engine.keys),
    host: "127.0.0.1",
    port: 0,
  });
  onTestFinished(() => running.stop());
  const secret = await engine.keys.tokenSecret();
  const tokenFor = (subject: string, scope: TokenScope) =>
    issueToken({ secret, subject, scope, expiresInSeconds: 60, nowMs: Date.now() });
  const as = (subject: string, scope: TokenScope = "admin") =>
    remoteAdmin({ url: running.url, token: tokenFor(subject, scope) });
  const post = (path: string, body: string, token = tokenFor("ada", "admin")) =>
    fetch(`${running.url}/v1/admin/elections${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
    });
  return { as, post, engine, clock, url: running.url };
}

describe("the admin API", () => {
  it("takes 256 candidates, and an empty body where none is needed", async () => {
    const { post } = await scene();
    const candidates = Array.from({ length: 256 }, (_, n) => ({
      id: `${n}`.padStart(32, "c"),
      name: `${n} `.padEnd(200, "ã"),
    }));
    expect((await post("", JSON.stringify({ ...draft, candidates }))).status).toBe(201);
    expect((await post("/show/open", "")).status).toBe(200);
  });

  it("makes, schedules, opens and closes elections, and keeps who did it", async () => {
    const { as, post, engine, clock } = await scene();
    const [ada, bob] = [as("ada"), as("bob")];
    expect(await ada.create({ ...draft, closesAt: 90_000 }, "ignored")).toMatchObject({
      id: "show",
      status: "draft",
      closesAt: 90_000,
    });
    const schedule = { opensAt: 8, closesAt: 80_000 };
    expect(await bob.schedule("show", schedule, "ignored")).toMatchObject(schedule);
    expect(await ada.open("show", "")).toMatchObject({ status: "open", openedAt: 7 });
    const announced = await bob.close("show", "");
    expect(announced).toMatchObject({ status: "open", closesAt: 1_007 });
    expect((await post("/show/close", "")).status).toBe(202);
    const closed = bob.untilClosed(announced, "");
    const closing = localAdmin(engine, clock).untilClosed(announced, "schedule");
    clock.moveTo(3_007);
    expect(await closed).toMatchObject({ status: "closed", closedAt: 3_007 });
    await closing;
    expect((await post("/show/close", "")).status).toBe(200);
    expect((await ada.list()).map(({ id }) => id)).toEqual(["show"]);
    expect(await ada.show("show")).toMatchObject({ status: "closed", revision: 5 });
    const trail = await ada.trail("show");
    expect(trail).toMatchObject({ whole: true, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(trail.changes.map(({ by, at, election }) => [by, at, election.status])).toEqual([
      ["ada", 7, "draft"],
      ["bob", 7, "draft"],
      ["ada", 7, "open"],
      ["bob", 7, "open"],
      ["schedule", 3_007, "closed"],
    ]);
  });

  it("makes an election trust a key, and names what is wrong with the request", async () => {
    const { as, post } = await scene();
    await as("ada").create(draft, "");
    const { publicKey } = await otherHost("frames");
    const trusting = await as("ada").trust("show", { publicKey, use: "frames" }, "");
    expect(trusting.signers.at(-1)).toMatchObject({ publicKey, use: "frames", addedAt: 7 });
    expect((await as("ada").trail("show")).changes.at(-1)?.by).toBe("ada");
    for (const [body, detail] of [
      [{ publicKey, use: "voting" }, /use/],
      [{ publicKey: "no key", use: "admin" }, /no public key/],
      [{ publicKey }, /use/],
      [{ publicKey, use: "admin", id: "mine" }, /id/],
    ] as const) {
      const response = await post("/show/signers", JSON.stringify(body));
      expect(response.status).toBe(422);
      expect(response.headers.get("content-type")).toContain("application/problem+json");
      expect(((await response.json()) as Problem).detail).toMatch(detail);
    }
    expect(
      (await post("/nobody/signers", JSON.stringify({ publicKey, use: "admin" }))).status,
    ).toBe(404);
  });

  it("suspends a gateway, lets it in again, and keeps who did it and why", async () => {
    const { as, post } = await scene();
    await as("ada").create(draft, "");
    const word = { gateway: "studio", suspended: true, reason: "Its token leaked" };
    const { gateways, revision } = await as("ada").judgeGateway("show", word, "");
    expect(gateways).toEqual([{ ...word, at: 7 }]);
    // Said again, it changes nothing.
    expect(await as("bob").judgeGateway("show", word, "")).toMatchObject({ revision });
    const back = { ...word, suspended: false, reason: "It has a new one" };
    expect((await as("bob").judgeGateway("show", back, "")).gateways).toEqual([{ ...back, at: 7 }]);
    const { changes, whole } = await as("ada").trail("show");
    expect(whole).toBe(true);
    expect(changes.slice(1).map(({ by, election }) => [by, election.gateways?.[0].reason])).toEqual(
      [
        ["ada", word.reason],
        ["bob", back.reason],
      ],
    );
    for (const [body, detail] of [
      [{ ...word, suspended: "yes" }, /suspended/],
      [{ gateway: "studio", suspended: true }, /reason/],
      [{ ...word, reason: " " }, /reason/],
      [{ ...word, gateway: "" }, /gateway/],
      [{ ...word, name: "studio" }, /name/],
    ] as const) {
      const response = await post("/show/gateways", JSON.stringify(body));
      expect(response.status).toBe(422);
      expect(((await response.json()) as Problem).detail).toMatch(detail);
    }
    expect((await post("/nobody/gateways", JSON.stringify(word))).status).toBe(404);
  });

  it("asks for a proof of work, or no longer, and keeps who did it", async () => {
    const { as, post } = await scene();
    await as("ada").create(draft, "");
    expect(await as("ada").askForProof("show", true, "")).toMatchObject({ proofOfWork: true });
    expect(await as("bob").askForProof("show", false, "")).not.toHaveProperty("proofOfWork");
    const { changes, whole } = await as("ada").trail("show");
    expect(whole).toBe(true);
    expect(changes.slice(1).map(({ by, election }) => [by, election.proofOfWork])).toEqual([
      ["ada", true],
      ["bob", undefined],
    ]);
    expect((await post("/show/proof-of-work", "")).status).toBe(405);
    await expect(as("ada").askForProof("show", "yes" as never, "")).rejects.toThrow(/required/);
  });

  it("voids a record that cannot be read, and says why another cannot be voided", async () => {
    const { as, post, engine } = await scene();
    const election = await openTestElection(engine, "halted", 2);
    const good = frameOf(election, 1, [ballotOf(1, 1)]);
    const records = [good, Buffer.from("no frame")];
    await engine.log.append(records.map((bytes) => ({ election: "halted", partition: 1, bytes })));
    const place = { partition: 1, position: 1, reason: "The disk lost it." };
    const { voided } = await as("ada").voidRecord("halted", place, "");
    const { id: keyId } = await engine.keys.signingKey("admin");
    expect(voided).toMatchObject([{ ...place, at: 7, keyId }]);
    expect((await as("ada").trail("halted")).changes.at(-1)?.by).toBe("ada");
    for (const [body, status, detail] of [
      [{ ...place, position: 0 }, 409, /position 0: it is good/],
      [{ ...place, position: 2 }, 409, /position 2: the log has no record there/],
      [{ ...place, partition: 2 }, 409, /partition 2, .* the log has no record there/],
      [{ ...place, position: -1 }, 422, /position/],
      [{ ...place, reason: " " }, 422, /reason/],
      [{ ...place, reason: "two\nlines" }, 422, /reason/],
    ] as const) {
      const response = await post("/halted/voided", JSON.stringify(body));
      expect(response.status).toBe(status);
      expect(((await response.json()) as Problem).detail).toMatch(detail);
    }
    // A draft has no records.
    await as("ada").create(draft, "");
    expect((await post("/show/voided", JSON.stringify(place))).status).toBe(409);
  });

  it("lets nobody in without a token of this scope", async () => {
    const { as, url } = await scene();
    for (const scope of ["vote", "gateway"] as const) {
      const stranger = as("eve", scope);
      for (const attempt of [
        () => stranger.list(),
        () => stranger.show("show"),
        () => stranger.trail("show"),
        () => stranger.create(draft, ""),
        () => stranger.open("show", ""),
        () => stranger.close("show", ""),
        () => stranger.schedule("show", {}, ""),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "insufficient-scope" });
      }
    }
    const bare = await fetch(`${url}/v1/admin/elections`);
    expect(bare.status).toBe(401);
    expect(await bare.json()).toMatchObject({ code: "missing-token" });
  });

  it("says what is wrong with a request, and changes nothing", async () => {
    const { as, post } = await scene();
    const wrong: [string, string, number, string][] = [
      ["", "{", 400, "malformed-json"],
      ["", "[]", 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, partition: 3 }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, title: 5 }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, candidates: "a,b" }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, candidates: [{ id: 5 }] }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, opensAt: "tomorrow" }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, opensAt: "2027-01-31T20:00:00" }), 422, "invalid-election"],
      ["", JSON.stringify({ ...draft, partitions: 1e9 }), 422, "invalid-election"],
      ["/show/open", "{}", 404, "unknown-election"],
    ];
    for (const [path, body, status, code] of wrong) {
      const response = await post(path, body);
      expect([body, response.status]).toEqual([body, status]);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({ code, status });
    }
    expect(await as("ada").list()).toEqual([]);
  });

  it("names the field that is wrong, and the one that was meant", async () => {
    const { post } = await scene();
    const said = async (body: object) => {
      const { detail, hint } = (await (await post("", JSON.stringify(body))).json()) as Problem;
      return `${detail} ${hint}`;
    };
    const misspelt = await said({ ...draft, partition: 3 });
    expect(misspelt).toContain("The field partition is not known. Did you mean partitions?");
    const { title: _, ...untitled } = draft;
    expect(await said(untitled)).toBe("The field title is missing. Give it as a text.");
    expect(await said({ ...draft, candidates: [{ id: "a" }, { id: 5 }] })).toContain(
      "The field candidates[1].id is 5.",
    );
  });

  it("takes times as texts with their offset", async () => {
    const { post } = await scene();
    const opensAt = "2027-01-31T21:00:00+01:00";
    const response = await post("", JSON.stringify({ ...draft, opensAt }));
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe("/v1/admin/elections/show");
    expect(await response.json()).toMatchObject({ opensAt: Date.UTC(2027, 0, 31, 20) });
  });

  it("is not taken for one where something else answers", async () => {
    const { url } = await scene();
    const elsewhere = remoteAdmin({ url: `${url}/livez?`, token: "x" });
    await expect(elsewhere.show("show")).rejects.toMatchObject({
      code: "not-running",
      message: `What answers is not an admin API at ${url}/livez?: id is missing.`,
    });
  });

  it("is missed with a clear error where there is none", async () => {
    const nobody = remoteAdmin({ url: "http://127.0.0.1:9", token: "x" });
    await expect(nobody.list()).rejects.toMatchObject({ code: "not-running" });
  });
});
