import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseVoterKeyFile } from "../../../src/runtime/contracts/config/voter-key-file.js";
import { trailFault } from "../../../src/runtime/core/trail.js";
import {
  destroyVoterKey,
  exportVoterKey,
  importVoterKey,
} from "../../../src/runtime/elections/voter-key.js";
import { openKeyDirectory } from "../../../src/runtime/keys/key-directory.js";
import { electionKeyFile } from "../../../src/runtime/keys/stored-voter-key.js";
import { issueToken } from "../../../src/runtime/keys/tokens.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { sealedElection, sealedResult } from "../../helpers/data/sealed-election.js";
import { startRoles } from "../../helpers/roles.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const passphrase = "horse staple battery correct";

async function scene() {
  const dataDir = await temporaryDirectory();
  return { dataDir, keysDir: join(dataDir, "keys"), engine: await openTestEngine(dataDir) };
}

const certifyNow = async (engine: Engine, election: string) =>
  certify({
    ...engine,
    report: await recountElection({ ...engine, election, from: "log" }),
    now: 9,
  });

/** The files of a directory that hold these bytes. */
async function filesWith(directory: string, bytes: Buffer): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(directory, { recursive: true })) {
    const file = join(directory, name);
    if (!(await stat(file)).isFile()) continue;
    if ((await readFile(file)).includes(bytes)) found.push(name);
  }
  return found;
}

it.each([undefined, passphrase])(
  "brings a key to another host (passphrase: %s)",
  async (secret) => {
    const { engine } = await scene();
    const election = await openTestElection(engine, "show", 2);
    const key = await engine.keys.electionKey(election);
    const text = JSON.stringify(await exportVoterKey(engine, "show", secret));
    const isReadable = text.includes(key.toString("base64url"));
    expect(isReadable).toBe(secret === undefined);
    const keysDir = await temporaryDirectory();
    const other = { registry: engine.registry, keys: openKeyDirectory(keysDir) };
    await expect(other.keys.electionKey(election)).rejects.toThrow(/is missing/);
    for (const time of ["first", "again"]) {
      const file = parseVoterKeyFile(text, "show.key");
      expect(await importVoterKey(other, keysDir, file, secret), time).toEqual(election);
      expect(await other.keys.electionKey(election)).toEqual(key);
    }
    expect((await stat(electionKeyFile(keysDir, election.keyId))).mode & 0o777).toBe(0o600);
  },
);

it("imports no other key, and leaves none behind", async () => {
  const { engine } = await scene();
  const show = await openTestElection(engine, "show", 2);
  await openTestElection(engine, "other", 2);
  const plain = await exportVoterKey(engine, "show");
  const sealed = await exportVoterKey(engine, "show", passphrase);
  const other = await exportVoterKey(engine, "other");
  const keysDir = await temporaryDirectory();
  const host = { registry: engine.registry, keys: openKeyDirectory(keysDir) };
  const { encrypted } = sealed;
  const flipped = encrypted && { ...encrypted, nonce: encrypted.salt.slice(0, 16) };
  for (const [file, secret, message] of [
    [{ ...plain, key: other.key }, undefined, "not that of election show: its fingerprint"],
    [{ ...other, election: "show" }, undefined, "not that of election show: its instance"],
    [{ ...plain, keyFingerprint: other.keyFingerprint }, undefined, "its keyFingerprint"],
    [sealed, "another passphrase", "The passphrase does not open the key file"],
    [{ ...sealed, encrypted: flipped }, passphrase, "The passphrase does not open the key file"],
  ] as const) {
    const importing = importVoterKey(host, keysDir, file, secret);
    await expect(importing).rejects.toMatchObject({
      code: "corrupt-key-file",
      exitCode: 3,
      message: expect.stringContaining(message),
    });
  }
  await expect(importVoterKey(host, keysDir, sealed)).rejects.toThrow("encrypted");
  const unknown = importVoterKey(host, keysDir, { ...plain, election: "nobody" });
  await expect(unknown).rejects.toMatchObject({ code: "unknown-election" });
  expect(await readdir(keysDir)).toEqual([]);
  // Another key in its place is not overwritten.
  await writeFile(electionKeyFile(keysDir, show.keyId), Buffer.alloc(32, 7));
  const here = importVoterKey(host, keysDir, plain);
  await expect(here).rejects.toMatchObject({ code: "wrong-election-key" });
});

it.each(["", "{}", "[]", '{"kind":"vote voter key","version":2}'])("reads no %s", (text) => {
  expect(() => parseVoterKeyFile(text, "a.key")).toThrow(/^a\.key is no file of a voter key: /);
});

it("takes a file with one key, and says no secret of one that is wrong", async () => {
  const { engine } = await scene();
  await openTestElection(engine, "show", 2);
  const plain = await exportVoterKey(engine, "show");
  const { encrypted } = await exportVoterKey(engine, "show", passphrase);
  for (const wrong of [
    { ...plain, encrypted },
    { ...plain, key: undefined },
  ]) {
    expect(() => parseVoterKeyFile(JSON.stringify(wrong), "a.key")).toThrow("one key");
  }
  const key = `${plain.key}AAAA`;
  const reading = () => parseVoterKeyFile(JSON.stringify({ ...plain, key }), "a.key");
  expect(reading).toThrow("a.key is no file of a voter key: key is not valid.");
});

it("destroys a key after certification only; the audit passes without it", async () => {
  const { dataDir, keysDir, engine } = await scene();
  const closed = await sealedElection(engine);
  const actor = { by: "ada", at: 1_000 };
  const destroy = () => destroyVoterKey(engine, keysDir, "demo", actor);
  await expect(destroy()).rejects.toMatchObject({ code: "invalid-transition" });
  const key = Buffer.from(await engine.keys.electionKey(closed));
  const certificate = await certifyNow(engine, "demo");
  expect(await filesWith(dataDir, key)).toEqual([`keys/election-${closed.keyId}.key`]);

  const destroyed = await destroy();
  const host = (await engine.keys.signingKey("admin")).id;
  expect(destroyed.keyDestroyed).toEqual([{ host, at: 1_000 }]);
  for (const trace of [key, key.toString("hex"), key.toString("base64url")]) {
    expect(await filesWith(dataDir, Buffer.from(trace))).toEqual([]);
  }
  expect(await readdir(keysDir)).not.toContain(`election-${closed.keyId}.key`);

  const history = await engine.registry.history("demo");
  expect(trailFault(history)).toBeUndefined();
  expect(history.changes.at(-1)).toMatchObject({ by: "ada", at: 1_000, election: destroyed });
  for (const from of ["ledger", "log"] as const) {
    const report = await recountElection({ ...engine, election: "demo", from });
    expect(report).toMatchObject({ agrees: true, findingCount: 0, result: sealedResult });
  }
  expect(await certifyNow(engine, "demo")).toEqual(certificate);

  const gone = { code: "key-destroyed", message: expect.stringContaining("1970-01-01T00:00:01") };
  await expect(exportVoterKey(engine, "demo")).rejects.toMatchObject(gone);
  const kept = { ...closed, election: "demo", key: key.toString("base64url") };
  const { instance, keyId, keyFingerprint, election } = kept;
  const file = { kind: "vote voter key", version: 1, election, instance, keyId, keyFingerprint };
  const again = importVoterKey(engine, keysDir, { ...file, key: kept.key } as never);
  await expect(again).rejects.toMatchObject(gone);
  // Safe to repeat: nothing more is noted.
  expect(await destroy()).toEqual(destroyed);
});

it("goes on with a destruction that was cut short; destroys nothing where no key is", async () => {
  const { keysDir, engine } = await scene();
  const { keyId } = await sealedElection(engine);
  await certifyNow(engine, "demo");
  const file = electionKeyFile(keysDir, keyId);
  const destroy = () => destroyVoterKey(engine, keysDir, "demo", { by: "ada", at: 5 });
  const key = await readFile(file);
  await rm(file);
  await expect(destroy()).rejects.toThrow("This host has no voter key of demo.");
  await writeFile(file, Buffer.alloc(32, 1));
  await expect(destroy()).rejects.toMatchObject({ code: "wrong-election-key" });
  // Overwritten, and neither noted nor removed yet; then noted, and not removed.
  for (const left of [Buffer.alloc(32), Buffer.alloc(32)]) {
    await writeFile(file, left);
    expect((await destroy()).keyDestroyed).toHaveLength(1);
    expect(await readdir(keysDir)).not.toContain(`election-${keyId}.key`);
  }
  // A copy that came back from a backup goes, too.
  await writeFile(file, key);
  await destroy();
  expect(await readdir(keysDir)).not.toContain(`election-${keyId}.key`);
});

it("tells voters of a certified election that it is closed, with and without its key", async () => {
  const { keysDir, engine } = await scene();
  await sealedElection(engine);
  const { ingest } = await startRoles(engine);
  const secret = await engine.keys.tokenSecret();
  const token = issueToken({
    ...{ secret, subject: "eve", scope: "vote", election: "demo" },
    ...{ expiresInSeconds: 60, nowMs: Date.now() },
  });
  const vote = async () => {
    const response = await fetch(`${ingest}/v1/elections/demo/ballots`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ choice: "c0" }),
    });
    return [response.status, ((await response.json()) as { code: string }).code];
  };
  const show = async () => (await fetch(`${ingest}/v1/elections/demo`)).status;
  expect([await show(), await vote()]).toEqual([200, [409, "election-closed"]]);
  await certifyNow(engine, "demo");
  await destroyVoterKey(engine, keysDir, "demo", { by: "ada", at: 5 });
  expect([await show(), await vote()]).toEqual([200, [409, "election-closed"]]);
  const { ingest: later } = await startRoles(engine);
  expect((await fetch(`${later}/v1/elections/demo`)).status).toBe(200);
});
