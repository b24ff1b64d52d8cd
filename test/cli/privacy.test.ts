import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tokenIssuer } from "../../src/runtime/keys/tokens.js";
import { type Finished, type Sandbox, sandbox } from "../helpers/run-vote.js";
import { eventually } from "../helpers/temporary.js";

const timeoutMs = 240_000;

let box: Sandbox;
beforeAll(() => {
  box = sandbox();
});
afterAll(() => box.remove());

/** As text, and as it would look inside something encoded, wherever it begins there. */
function formsOf(text: string): Buffer[] {
  const shifted = [0, 1, 2].map((skip) => Buffer.from(text).subarray(skip));
  const encoded = shifted.map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % 3)));
  return [
    Buffer.from(text),
    Buffer.from(text, "utf16le"),
    Buffer.from(Buffer.from(text).toString("hex")),
    ...encoded.map((bytes) => Buffer.from(bytes.toString("base64url"))),
    // Without a key, a digest leads back to a voter just as well.
    createHash("sha256").update(text).digest(),
  ];
}

/** What holds any of the forms: files by their path, and texts by their name. */
function holding(forms: readonly Buffer[], texts: Readonly<Record<string, string>>): string[] {
  const paths = readdirSync(box.path, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => statSync(join(box.path, path)).isFile());
  const all = [
    ...files.map((path) => [path, readFileSync(join(box.path, path))] as const),
    ...Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
  ];
  return all
    .filter(([, bytes]) => forms.some((form) => bytes.includes(form)))
    .map(([name]) => name);
}

type Ready = Readonly<Record<"ingest" | "serve" | "admin" | "tally" | "election", string>>;

/** Votes, and tries to, in every way that an ingest takes or refuses; all that it answers. */
async function castAll(ready: Ready, voters: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  const statuses = new Set<number>();
  const post = async (address: string, type: string, token: string, body: string) => {
    const response = await fetch(`${ready.ingest}/v1/elections/${ready.election}/${address}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body,
    });
    answers.push(await response.text());
    statuses.add(response.status);
  };
  const common = { expiresInSeconds: 3_600, nowMs: Date.now(), election: ready.election };
  const secret = readFileSync(join(box.dataDir, "keys", "token.secret")).subarray(0, -1);
  const [own, forged] = [secret, Buffer.alloc(32, 1)].map((key) =>
    tokenIssuer({ secret: key, scope: "vote", ...common }),
  );
  for (const voter of voters.slice(0, 6)) {
    for (const [token, body] of [
      [own(voter), '{"choice":"robin"}'],
      [own(voter), '{"choice":"heron"}'],
      [own(voter), `{"choice":"${voter}"}`],
      [own(voter), `{"choice":"${voter}`],
      [forged(voter), '{"choice":"robin"}'],
      [`${own(voter)}x`, '{"choice":"robin"}'],
    ] as const) {
      await post("ballots", "application/json", token, body);
    }
  }
  const lines = voters
    .slice(6)
    .flatMap((voter) => [
      JSON.stringify({ voter, choice: "robin" }),
      JSON.stringify({ voter, choice: voter }),
      JSON.stringify({ voter: voter.repeat(40), choice: "robin" }),
      `{"voter":"${voter}"`,
    ]);
  const gateway = tokenIssuer({ secret, scope: "gateway", ...common })("station");
  await post("ballots:batch", "application/x-ndjson", gateway, lines.join("\n"));
  expect(statuses).toEqual(new Set([202, 422, 400, 401, 200]));
  return answers;
}

/** Waits until all is decided, and reads everything that the roles say about themselves. */
async function readAll(ready: Ready): Promise<string[]> {
  const result = await eventually("all ballots are decided", async () => {
    const response = await fetch(`${ready.serve}/v1/elections/${ready.election}/result`);
    const text = await response.text();
    const { counted, rejected } = JSON.parse(text);
    return counted === 12 && rejected["already-voted"] === 6 && text;
  });
  const roles = ["ingest", "tally", "serve", "admin"] as const;
  const statuses = roles.map(async (role) => (await fetch(`${ready[role]}/statusz`)).text());
  return [result, ...(await Promise.all(statuses))];
}

it(
  "no store, log or status has a voter id, and a destroyed key leaves the audit whole",
  async () => {
    const at = ["--data-dir", box.dataDir];
    const dev = box.start(
      "dev",
      "--no-certify",
      "--port",
      "0",
      "--json",
      "--log-level",
      "trace",
      ...at,
    );
    const ready = JSON.parse(await dev.line(/"event":"ready"/)) as Ready;
    const { election } = ready;
    const voters = Array.from({ length: 12 }, (_, n) => `needle-4e1c-${n}-zoë`);
    const said = [...(await castAll(ready, voters)), ...(await readAll(ready))];
    const vote = async (...args: string[]): Promise<Finished> => {
      const finished = await box.vote(...args, ...at);
      said.push(finished.stdout, finished.stderr);
      return finished;
    };

    const destroy = ["key", "destroy", election] as const;
    expect((await vote("election", "close", election)).code).toBe(0);
    const early = await vote(...destroy, "--yes");
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("not certified")]);
    expect((await vote("recount", "--election", election)).code).toBe(0);
    const out = join(box.path, "voter.key");
    const exporting = ["key", "export", election, "--out", out, "--plain"] as const;
    expect((await vote(...exporting)).stderr).toContain("NOT encrypted");
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect((await vote(...exporting)).stderr).toContain("it exists already");
    expect((await vote("key", "import", out)).code).toBe(0);
    expect((await vote(...destroy)).stderr).toContain("--yes");
    expect((await vote(...destroy, "--yes")).code).toBe(0);
    const { stdout } = await vote("election", "trail", election);
    expect(stdout).toMatch(/destroyed its voter key[\s\S]*The trail is whole/);
    expect((await vote("recount", "--election", election)).code).toBe(0);
    const late = await vote("key", "export", election, "--out", `${out}2`, "--plain");
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("was destroyed on")]);

    dev.child.kill("SIGTERM");
    const { stdout: printed, stderr: logged } = await dev.finished;
    const texts = { said: said.join("\n"), printed, logged };
    expect(holding(voters.flatMap(formsOf), texts)).toEqual([]);
    const { key } = JSON.parse(readFileSync(out, "utf8")) as { key: string };
    const forms = [Buffer.from(key, "base64url"), Buffer.from(key)];
    expect(holding(forms, texts)).toEqual(["voter.key"]);
  },
  timeoutMs,
);
