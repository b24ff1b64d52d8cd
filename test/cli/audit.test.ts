import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Certificate } from "../../src/runtime/core/formats/certificate.js";
import type { RecountReport } from "../../src/runtime/recount/findings/report.js";
import { openEngine } from "../../src/runtime/wiring/engine.js";
import { ballotOf } from "../helpers/data/ballots.js";
import { openTestElection } from "../helpers/data/election.js";
import { promisedFrame } from "../helpers/data/receipts.js";
import { sealedElection, sealedResult } from "../helpers/data/sealed-election.js";
import { type Finished, type Sandbox, sandbox } from "../helpers/run-vote.js";

const timeoutMs = 180_000;
let box: Sandbox;
beforeEach(async () => {
  box = sandbox();
  const engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
  await sealedElection(engine);
  await engine.close();
}, timeoutMs);
afterEach(async () => {
  await setModes(box.path, 0o755, 0o644);
  await box.remove();
});

/** Every file with its content and its time. */
async function treeOf(path: string): Promise<Record<string, string>> {
  const names = await readdir(path, { recursive: true });
  const entries = names.sort().map(async (name) => {
    const file = join(path, name);
    const { mtimeMs, mode } = await stat(file);
    const content = (await stat(file)).isFile() ? await readFile(file) : "";
    return [name, `${createHash("sha256").update(content).digest("hex")} ${mtimeMs} ${mode}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** From the outside in: a directory has to be readable to be gone through. */
async function setModes(path: string, ofDirectory: number, ofFile: number): Promise<void> {
  await chmod(path, ofDirectory);
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const at = join(path, entry.name);
    if (entry.isDirectory()) await setModes(at, ofDirectory, ofFile);
    else await chmod(at, ofFile);
  }
}

const program = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
/** What a superuser may write to anyway, somebody without any rights may not. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function asNobody(...args: string[]): Promise<Finished> {
  const env = { PATH: process.env.PATH, VOTE_SKIP_ENSURE: "1", NO_COLOR: "1", HOME: box.path };
  const child = spawn(process.execPath, [program, ...args], { cwd: box.path, env, ...nobody });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("an auditor's recount", () => {
  it(
    "needs no right to write, and writes nothing",
    async () => {
      await setModes(box.path, 0o555, 0o444);
      const before = await treeOf(box.dataDir);
      const denied = await asNobody("recount", "--json");
      expect(denied.code).toBe(2);
      expect(JSON.parse(denied.stdout).error.code).toBe("data-directory-unusable");
      const { code, stdout, stderr } = await asNobody("recount", "--no-certify", "--json");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const report = JSON.parse(stdout) as RecountReport & { certificate?: Certificate };
      expect(report).toMatchObject({ agrees: true, sealed: true, from: "log" });
      expect(report.result).toEqual(sealedResult);
      expect(report.certificate).toBeUndefined();
      expect(await treeOf(box.dataDir)).toEqual(before);
    },
    timeoutMs,
  );

  it(
    "works on an export, anywhere and without the stores",
    async () => {
      const to = join(box.path, "export");
      expect((await box.vote("recount", "--json")).code).toBe(0);
      const exported = await box.vote("audit", "export", "--election", "demo", "--to", to);
      expect({ code: exported.code, stderr: exported.stderr }).toEqual({ code: 0, stderr: "" });
      const [live] = [await box.vote("recount", "--no-certify", "--json")];
      const log = join(box.path, "log");
      const published = await box.vote("audit", "publish", "--election", "demo", "--to", log);
      expect({ code: published.code, stderr: published.stderr }).toEqual({ code: 0, stderr: "" });
      await rm(box.dataDir, { recursive: true });
      await receiptIsProved(log);
      await setModes(box.path, 0o555, 0o444);
      const { code, stdout, stderr } = await asNobody("recount", "--from-export", to, "--json");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(JSON.parse(stdout)).toEqual(JSON.parse(live.stdout));
      await setModes(box.path, 0o755, 0o644);
      await writeFile(join(to, "segments", "0001.bin"), "segments");
      const damaged = await box.vote("recount", "--from-export", to);
      expect(damaged.code).toBe(3);
      expect(damaged.stderr).toContain("0001.bin is damaged: no whole record stands at byte 0");
    },
    timeoutMs,
  );

  it("says what it did not verify, and certifies nothing then", async () => {
    const { code, stdout } = await box.vote("recount", "--from", "ledger");
    expect(code).toBe(0);
    expect(stdout).toContain("The log was not verified: nothing is certified.");
    const shown = await box.vote("election", "show", "demo", "--json");
    expect(JSON.parse(shown.stdout).status).toBe("closed");
  });
});

describe("vote audit receipt", () => {
  it(
    "finds a ballot, or a broken promise, and verifies offline what nobody has forged",
    async () => {
      const engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
      const election = await openTestElection(engine, "promises", 1);
      const [kept, broken] = [1, 2].map((at) =>
        promisedFrame(election, 0, [ballotOf(at, at, at)], at).receipt(0),
      );
      const { bytes } = promisedFrame(election, 0, [ballotOf(1, 1, 1)], 1);
      await engine.log.append([{ election: "promises", partition: 0, bytes }]);
      await engine.close();
      const file = join(box.path, "receipt.txt");
      await writeFile(file, `${kept}\n`);
      const pending = await box.vote("audit", "receipt", file, "--json");
      expect({ code: pending.code, stderr: pending.stderr }).toEqual({ code: 0, stderr: "" });
      const expected = { election: "promises", choice: "c1", outcome: "pending" };
      expect(JSON.parse(pending.stdout)).toMatchObject(expected);

      const piped = box.start("audit", "receipt", "-");
      piped.child.stdin?.end(broken);
      const missing = await piped.finished;
      expect(missing.code).toBe(3);
      expect(missing.stdout).toContain("✗ It is missing: its frame is not in the log.");

      await voterIsAsked();
      const { id, instance, signers: keys } = election;
      const keysFile = join(box.path, "vote-keys.json");
      await writeFile(keysFile, JSON.stringify({ elections: [{ id, instance, keys }] }));
      await rm(box.dataDir, { recursive: true });
      const signed = await box.vote("audit", "receipt", file, "--keys", keysFile);
      expect({ code: signed.code, stderr: signed.stderr }).toEqual({ code: 0, stderr: "" });
      expect(signed.stdout).toContain("✓ The receipt holds");
      await writeFile(file, `${kept}\n${broken}\n\nnone\n`);
      const many = await box.vote("audit", "receipt", file, "--keys", keysFile);
      expect(many.code).toBe(3);
      expect(many.stdout.split("\n").slice(0, 6)).toEqual([
        "✗ 2 of 3 receipts hold.",
        "",
        "  signed    2",
        "  invalid   1",
        "",
        '  line 4: The receipt does not hold: it does not start with "vote-receipt-1.".',
      ]);
      await writeFile(
        file,
        kept.replace(/.$/, (last) => (last === "A" ? "Q" : "A")),
      );
      const damaged = await box.vote("audit", "receipt", file, "--keys", keysFile);
      expect(damaged.code).toBe(3);
      expect(damaged.stderr).toMatch(/^Error: The receipt does not hold: /);
    },
    timeoutMs,
  );
});

/** By the published log alone: a ballot of the sealed election, and one that nobody has decided. */
async function receiptIsProved(log: string): Promise<void> {
  const { receipt } = promisedFrame("demo", 0, [ballotOf(2, 2, 0), ballotOf(98, 98, 0)]);
  const file = join(box.path, "receipt.txt");
  await writeFile(file, receipt(0));
  const proved = await box.vote("audit", "proof", file, "--log", log);
  expect({ code: proved.code, stderr: proved.stderr }).toEqual({ code: 0, stderr: "" });
  expect(proved.stdout).toContain("✓ It is counted: leaf 0 of the log");
  await writeFile(file, receipt(1));
  const broken = await box.vote("audit", "proof", file, "--log", log);
  expect(broken.code).toBe(3);
  expect(broken.stderr).toContain("has a receipt and no leaf");
}

/** `vote audit voter` takes the id from standard input or a file, and never repeats it. */
async function voterIsAsked(): Promise<void> {
  const asked = box.start("audit", "voter", "-", "--election", "promises");
  asked.child.stdin?.end("ann.with.a.secret\n");
  const { code, stdout, stderr } = await asked.finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("· No ballot of this voter is counted in election promises.");
  expect(stdout).toContain("The log goes on");
  expect(stdout).not.toContain("secret");
  const file = join(box.path, "voters.txt");
  await writeFile(file, "ann.with.a.secret\nbob\n");
  const two = await box.vote("audit", "voter", file, "--election", "promises");
  expect(two.code).toBe(2);
  expect(two.stderr).toContain("The file does not hold one voter id.");
  expect(two.stderr).not.toContain("secret");
}
