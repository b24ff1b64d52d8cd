import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Trail } from "../../src/runtime/contracts/http/election.js";
import type { Election } from "../../src/runtime/core/election.js";
import { openTokenVerifier } from "../../src/runtime/keys/authentication/open-verifier.js";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

let box: Sandbox;
beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.remove());

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await box.vote(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as T;
}

/** The host that creates an election is trusted with it. */
async function signersOf({ createdAt }: Election): Promise<Election["signers"]> {
  const { keys } = await json<{ keys: Election["signers"] }>("key", "show");
  expect(keys.map(({ use }) => use)).toEqual(["frames", "admin"]);
  return keys.map((key) => ({ ...key, addedAt: createdAt }));
}

const create = ["election", "create", "mascot", "--title", "Mascot", "--partitions", "3"];
const candidates = ["--candidate", "owl=Tawny owl", "--candidate", "fox"];

describe("an election on the command line", () => {
  it("is created as a draft, with its candidates in order", async () => {
    const election = await json<Election>(...create, ...candidates);
    expect(election).toEqual({
      id: "mascot",
      instance: expect.stringMatching(/^[0-9a-f]{32}$/),
      title: "Mascot",
      candidates: [
        { id: "owl", name: "Tawny owl" },
        { id: "fox", name: "fox" },
      ],
      partitions: 3,
      keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
      signers: await signersOf(election),
      keyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      voided: [],
      createdAt: expect.any(Number),
      status: "draft",
      revision: 1,
    });
  });

  it("cannot be created twice, closed as a draft, or opened if it is not there", async () => {
    expect((await box.vote(...create, ...candidates)).stderr).toContain("mascot exists already");
    const { code, stderr } = await box.vote("election", "close", "mascot");
    expect(code).toBe(2);
    expect(stderr).toContain("is draft and cannot become closed");
    expect((await box.vote("election", "open", "nobody")).stderr).toContain("no election nobody");
  });

  it("is opened, listed and shown", async () => {
    expect((await json<Election>("election", "open", "mascot")).status).toBe("open");
    const { elections } = await json<{ elections: Election[] }>("election", "list");
    expect(elections.map(({ id, status }) => [id, status])).toEqual([["mascot", "open"]]);
    const { stdout } = await box.vote("election", "show", "mascot");
    expect(stdout).toMatch(/^Candidates owl \(Tawny owl\), fox \(fox\)$/m);
  });

  it("trusts another host's key once it is told to, and says so in its trail", async () => {
    const { stdout } = await box.vote(
      "key",
      "show",
      "--use",
      "frames",
      "--data-dir",
      `${box.dataDir}-2`,
    );
    const [, id, key] = stdout.trim().split(/ +/);
    const args = ["election", "trust", "mascot", "--use", "frames", "--key", key];
    const { signers, revision } = await json<Election>(...args);
    expect(signers).toHaveLength(3);
    expect(signers[2]).toMatchObject({ id, publicKey: key, use: "frames" });
    // Said again, it changes nothing.
    expect(await json<Election>(...args)).toMatchObject({ revision });
    const { changes } = await json<Trail>("election", "trail", "mascot");
    expect(changes.at(-1)?.election.signers).toEqual(signers);
    const wrong = await box.vote(...args.with(-1, `${key}A`));
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("no public key");
  });

  it("suspends a gateway and lets it in again, with the reasons in its trail", async () => {
    const gateway = (...args: string[]) => box.vote("election", "gateway", "mascot", ...args);
    const suspended = await gateway("--suspend", "studio", "--reason", "Its token leaked");
    expect(suspended).toMatchObject({ code: 0, stderr: "" });
    expect(suspended.stdout).toContain("mascot refuses the batches of gateway studio");
    expect((await box.vote("election", "show", "mascot")).stdout).toMatch(
      /^Suspended +gateway studio$/m,
    );
    const resumed = await gateway("--resume", "studio", "--reason", "It has a new one");
    expect(resumed.stdout).toContain("mascot takes the batches of gateway studio");
    const { stdout } = await box.vote("election", "trail", "mascot");
    expect(stdout).toContain("suspends gateway studio: Its token leaked");
    expect(stdout).toContain("lets in again gateway studio: It has a new one");
    expect((await box.vote("election", "show", "mascot")).stdout).not.toContain("Suspended");
    for (const wrong of [
      ["--suspend", "studio"],
      ["--reason", "none"],
      ["--suspend", "studio", "--resume", "studio", "--reason", "both"],
    ]) {
      expect((await gateway(...wrong)).code).toBe(2);
    }
  });

  it("asks for a proof of work, and no longer, as its trail says", async () => {
    const switched = (...args: string[]) =>
      box.vote("election", "proof-of-work", "mascot", ...args);
    expect((await switched("--on")).stdout).toContain("mascot asks for a proof of work");
    expect((await box.vote("election", "show", "mascot")).stdout).toMatch(/^Asks for +a proof/m);
    expect((await switched("--off")).stdout).toContain("does not ask for a proof of work");
    const { stdout } = await box.vote("election", "trail", "mascot");
    expect(stdout).toMatch(/ asks for a proof of work[\s\S]+ no longer asks for a proof of work/);
    for (const wrong of [[], ["--on", "--off"]]) expect((await switched(...wrong)).code).toBe(2);
  });

  it("is closed, sealed by a tally, recounted and certified, once or twice", async () => {
    expect((await json<Election>("election", "close", "mascot")).status).toBe("closed");
    const unsealed = await box.vote("recount", "--wait", "0s", "--json");
    expect(unsealed.code).toBe(69);
    const tally = box.start("tally", "--log-level", "warn");
    await tally.line(/^READY tally/);
    const report = await json<Record<string, unknown>>("recount", "--from", "log");
    expect(report).toMatchObject({ election: "mascot", counted: 0, agrees: true, sealed: true });
    expect(report.certificate).toMatchObject({ election: "mascot", counted: 0 });
    expect((await json<Election>("election", "close", "mascot")).status).toBe("certified");
    tally.child.kill("SIGTERM");
    expect(await tally.finished).toMatchObject({ code: 0, stderr: "" });
    expect(await json("recount")).toMatchObject({ certificate: report.certificate });
  }, 180_000);
});

describe("an election through the admin API", () => {
  it("is scheduled there, opens and closes by itself, and has a trail", async () => {
    const admin = box.start("admin", "--port", "0", "--log-level", "warn");
    const ready = await admin.line(/^READY admin at /);
    const url = /http:\S+/.exec(ready)?.[0] ?? "";
    const { token } = await json<{ token: string }>("token", "issue", "--admin", "ada");
    const remote = (...args: string[]) =>
      box.startIn({ VOTE_ADMIN_URL: url, VOTE_ADMIN_TOKEN: token }, ...args, "--json").finished;
    const past = ["--opens-at", "2026-01-01T00:00:00Z", "--closes-at", "2026-01-01T01:00:00+01:00"];
    const wrongWay = await remote(...create.with(2, "timed"), ...candidates, ...past);
    expect(JSON.parse(wrongWay.stdout).error).toMatchObject({ code: "invalid-election" });
    const times = ["--opens-at", "2026-01-01T00:00:00Z", "--closes-at", "2026-01-01T00:10:00Z"];
    const created = await remote(...create.with(2, "timed"), ...candidates, ...times);
    expect({ code: created.code, stderr: created.stderr }).toEqual({ code: 0, stderr: "" });
    await eventually("closed by schedule", async () => {
      const { stdout } = await remote("election", "show", "timed");
      return (JSON.parse(stdout) as Election).status === "closed";
    });
    const trail = await json<Trail>("election", "trail", "timed");
    expect(trail.changes.map(({ by }) => by)).toEqual(["ada", "schedule", "schedule"]);
    expect(trail.whole).toBe(true);
    const { stderr, code } = await box.startIn({ VOTE_ADMIN_URL: url }, "election", "list")
      .finished;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("token") });
    admin.child.kill("SIGTERM");
    expect(await admin.finished).toMatchObject({ code: 0, stderr: "" });
  }, 180_000);
});

describe("vote token issue", () => {
  it("prints a token for a voter, and only the token", async () => {
    const elections = ["--election", "lunch", "--election", "dinner"];
    const { code, stdout } = await box.vote("token", "issue", "--voter", "alice", ...elections);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = JSON.parse(Buffer.from(stdout.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ iss: "vote", sub: "alice", scope: "vote", aud: "vote" });
    expect(claims.election).toEqual(["lunch", "dinner"]);
    expect(claims.exp - claims.iat).toBe(3_600);
  });

  it("gives a gateway its own scope and the life that was asked for", async () => {
    const args = ["token", "issue", "--gateway", "station-7", "--expires-in", "2m"];
    const { token, scope } = await json<{ token: string; scope: string }>(...args);
    expect(scope).toBe("gateway");
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
    expect(claims).toMatchObject({ sub: "station-7", scope: "gateway" });
    expect(claims).not.toHaveProperty("election");
    expect(claims.exp - claims.iat).toBe(120);
  });

  it("writes many voters' tokens to a file of its owner, and prints none", async () => {
    const file = join(box.path, "tokens.txt");
    writeFileSync(file, "older and longer".repeat(500_000), { mode: 0o644 });
    const args = ["token", "issue", "--voters", "10000", "--out", file];
    const { code, stdout } = await box.vote(...args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Wrote 10,000 tokens to ${file}.\n` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const tokens = readFileSync(file, "utf8").split("\n");
    expect(tokens.pop()).toBe("");
    const verifier = await openTokenVerifier(openKeyDirectory(join(box.dataDir, "keys")));
    const voters = tokens.map((token) => verifier.verify(`Bearer ${token}`, "vote").subject);
    expect(voters).toEqual(Array.from({ length: 10_000 }, (_, voter) => `voter-${voter + 1}`));
  });
});
