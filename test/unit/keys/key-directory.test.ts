import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openKeyDirectory, readTokenSecret } from "../../../src/runtime/keys/key-directory.js";

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), "vote-keys-")), "keys");
});
afterEach(() => rm(join(path, ".."), { recursive: true }));

describe("openKeyDirectory", () => {
  it("keeps an election's key for its owner only, and another opener finds it", async () => {
    const name = await openKeyDirectory(path).createElectionKey();
    const { keyId } = name;
    expect(keyId).toMatch(/^[0-9a-f]{16}$/);
    const key = await openKeyDirectory(path).electionKey(name);
    expect(key).toHaveLength(32);
    expect((await stat(join(path, `election-${keyId}.key`))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    const other = await openKeyDirectory(path).createElectionKey();
    expect(await openKeyDirectory(path).electionKey(other)).not.toEqual(key);
  });

  it("refuses a key that is missing, damaged, or outside the directory", async () => {
    const keys = openKeyDirectory(path);
    const name = await keys.createElectionKey();
    const refused = { code: "data-directory-unusable" };
    const missing = { ...name, keyId: "0000" };
    await expect(keys.electionKey(missing)).rejects.toMatchObject(refused);
    await writeFile(join(path, "..", "election-x.key"), Buffer.alloc(32));
    const outside = { ...name, keyId: "../election-x" };
    await expect(keys.electionKey(outside)).rejects.toMatchObject(refused);
    await truncate(join(path, `election-${name.keyId}.key`), 31);
    await expect(keys.electionKey(name)).rejects.toMatchObject(refused);
  });

  it("refuses another key under an election's key id: each voter would have two tags", async () => {
    const keys = openKeyDirectory(path);
    const name = await keys.createElectionKey();
    await writeFile(join(path, `election-${name.keyId}.key`), Buffer.alloc(32, 7));
    const error = await keys.electionKey(name).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "wrong-election-key", status: 503, isPrivate: true });
    expect(String(error)).toContain(name.keyId);
  });

  it("makes one token secret however many ask at once, and nothing else", async () => {
    const asked = Array.from({ length: 20 }, () => openKeyDirectory(path).tokenSecret());
    const secrets = await Promise.all(asked);
    expect(new Set(secrets.map(String)).size).toBe(1);
    expect(secrets[0].length).toBeGreaterThanOrEqual(32);
    expect(await readdir(path)).toEqual(["token.secret"]);
    expect((await stat(join(path, "token.secret"))).mode & 0o777).toBe(0o600);
    expect(await readTokenSecret(join(path, "token.secret"))).toEqual(secrets[0]);
  });

  it("makes one signing key a use however many ask at once, for its owner only", async () => {
    const asked = Array.from({ length: 20 }, () => openKeyDirectory(path).signingKey("admin"));
    const keys = await Promise.all(asked);
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(keys[0].id).toMatch(/^[0-9a-f]{16}$/);
    expect(await readdir(path)).toEqual(["admin.key"]);
    expect((await stat(join(path, "admin.key"))).mode & 0o777).toBe(0o600);
    const frames = await openKeyDirectory(path).signingKey("frames");
    expect(frames.publicKey).not.toBe(keys[0].publicKey);
    expect((await readdir(path)).sort()).toEqual(["admin.key", "frames.key"]);
  });

  it("refuses a signing key's file that holds anything else", async () => {
    const keys = openKeyDirectory(path);
    await keys.signingKey("admin");
    const { privateKey } = generateKeyPairSync("x25519");
    const other = privateKey.export({ type: "pkcs8", format: "pem" });
    for (const content of [other, "", "-----BEGIN PRIVATE KEY-----"]) {
      await writeFile(join(path, "admin.key"), content);
      await expect(keys.signingKey("admin")).rejects.toMatchObject({
        code: "data-directory-unusable",
      });
    }
  });

  it("refuses a secret file that is missing or too short, and drops the line break", async () => {
    await openKeyDirectory(path).tokenSecret();
    const file = join(path, "own.secret");
    await expect(readTokenSecret(file)).rejects.toMatchObject({ code: "invalid-usage" });
    await writeFile(file, `${"s".repeat(31)}\n`);
    await expect(readTokenSecret(file)).rejects.toMatchObject({ code: "invalid-usage" });
    await writeFile(file, `${"s".repeat(32)}\n`);
    expect(String(await readTokenSecret(file))).toBe("s".repeat(32));
  });
});
