import { cp, readdir, readFile, rename, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportElection } from "../../../src/runtime/audit/export-election.js";
import { openExport } from "../../../src/runtime/audit/exported-evidence.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import type { RecountReport } from "../../../src/runtime/recount/findings/report.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { sealedElection } from "../../helpers/data/sealed-election.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

async function certified() {
  const engine = await openTestEngine();
  await sealedElection(engine);
  const report = await recountElection({ election: "demo", ...engine, from: "log" });
  await certify({ ...engine, report, now: Date.now() });
  const directory = join(await temporaryDirectory(), "export");
  return { engine, directory };
}

const exported = (engine: Engine, directory: string, onFile?: () => void) =>
  exportElection({ ...engine, election: "demo", directory, now: 7, ...(onFile && { onFile }) });

/** As `vote recount --from-export` does it. */
async function recountExport(directory: string): Promise<RecountReport> {
  const { damage, ...stores } = await openExport(directory);
  const report = await recountElection({ ...stores, from: "log" });
  const damaged = report.agrees ? await damage() : undefined;
  if (damaged !== undefined) throw damaged;
  return report;
}

const files = [
  "frames/0000.bin",
  "frames/0001.bin",
  "manifest.json",
  "registry/certificate.json",
  "registry/election.json",
  "registry/trail.ndjson",
  "segments/0000.bin",
  "segments/0001.bin",
];

describe("an export", () => {
  it("recounts as the stores do, without them", async () => {
    const { engine, directory } = await certified();
    const manifest = await exported(engine, directory);
    const names = (await readdir(directory, { recursive: true })).filter((name) => /\./.test(name));
    expect(names.sort()).toEqual(files);
    expect(manifest).toMatchObject({ export: 1, election: "demo", exportedAt: 7 });
    const report = await recountElection({ election: "demo", ...engine, from: "log" });
    await engine.close();
    expect(await recountExport(directory)).toEqual(report);
    expect(report).toMatchObject({ agrees: true, status: "certified" });
  });

  it("holds frames and segments byte for byte, each with its number and its length", async () => {
    const { engine, directory } = await certified();
    await exported(engine, directory);
    const content = await readFile(join(directory, "frames/0001.bin"));
    let at = 0;
    for (const { position, bytes } of await engine.log.read("demo", 1, 0, 1_000_000)) {
      expect(Number(content.readBigUInt64LE(at))).toBe(position);
      expect(content.readUInt32LE(at + 8)).toBe(bytes.length);
      expect(content.subarray(at + 12, at + 12 + bytes.length).equals(bytes)).toBe(true);
      at += 12 + bytes.length;
    }
    expect(at).toBe(content.length);
  });

  it.each([1, 13, 300])("goes on after it was torn %i bytes before a file's end", async (torn) => {
    const { engine, directory } = await certified();
    const other = `${directory}-2`;
    let written = 0;
    const dies = exported(engine, other, () => {
      if (++written === 3) throw new Error("killed");
    });
    await expect(dies).rejects.toThrow("killed");
    await expect(openExport(other)).rejects.toMatchObject({ code: "corrupt-export" });
    const last = join(other, "frames/0001.bin");
    await rename(last, `${last}.part`);
    await truncate(`${last}.part`, (await readFile(`${last}.part`)).length - torn);
    await exported(engine, other);
    await exported(engine, directory);
    for (const name of files) {
      expect(await readFile(join(other, name))).toEqual(await readFile(join(directory, name)));
    }
  });

  it("is made of an election that has ended, once", async () => {
    const { engine, directory } = await certified();
    await openTestElection(engine, "open", 1);
    const attempt = exportElection({ ...engine, election: "open", directory, now: 7 });
    await expect(attempt).rejects.toMatchObject({ code: "election-not-closed" });
    await exported(engine, directory);
    await expect(exported(engine, directory)).rejects.toMatchObject({ code: "invalid-usage" });
  });
});

describe("a damaged export", () => {
  it.each<[string, RegExp]>([
    ["frames/0000.bin", /partition 0|frames.0000\.bin/],
    ["segments/0001.bin", /partition 1, segment \d|segments.0001\.bin/],
    ["registry/election.json", /election demo|election\.json/],
    ["registry/trail.ndjson", /demo, change \d|trail of election demo|trail\.ndjson/],
    ["registry/certificate.json", /certificate/],
    ["manifest.json", /manifest\.json|The export's file|election dem/],
  ])("ends with exit 3 and the place, wherever a byte of %s is flipped", async (name, place) => {
    const { engine, directory } = await certified();
    await exported(engine, directory);
    const content = await readFile(join(directory, name));
    const step = Math.max(1, Math.floor(content.length / 40));
    for (let at = 0; at < content.length; at += step) {
      const flipped = Buffer.from(content);
      flipped[at] ^= 1;
      await writeFile(join(directory, name), flipped);
      const { exitCode, text } = await verdictOf(directory);
      expect(text).not.toContain("undefined");
      // Who wrote it when is nobody's evidence.
      if (name === "manifest.json" && exitCode === 0) continue;
      expect(exitCode, `byte ${at}: ${text}`).toBe(3);
      expect(text).toMatch(place);
    }
  });

  it.each(files)("ends with exit 3 and the place, without %s or its last bytes", async (name) => {
    const { engine, directory } = await certified();
    await exported(engine, directory);
    const whole = `${directory}-whole`;
    await cp(directory, whole, { recursive: true });
    await rm(join(directory, name));
    const gone = await verdictOf(directory);
    expect(gone).toMatchObject({ exitCode: 3 });
    expect(gone.text).toContain(name);
    const length = (await readFile(join(whole, name))).length;
    await truncate(join(whole, name), length - 5);
    expect(await verdictOf(whole)).toMatchObject({ exitCode: 3 });
  });
});

async function verdictOf(directory: string): Promise<{ exitCode: number; text: string }> {
  try {
    const { agrees, findings } = await recountExport(directory);
    return { exitCode: agrees ? 0 : 3, text: findings.map(({ detail }) => detail).join("; ") };
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    return { exitCode: error.exitCode, text: error.message };
  }
}
