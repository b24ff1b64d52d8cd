import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { backUp } from "../../../src/runtime/system/backup/back-up.js";
import { restore } from "../../../src/runtime/system/backup/restore.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { openEvidence } from "../../../src/runtime/wiring/evidence.js";
import { closeAndSeal } from "../../helpers/audit.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

async function scene() {
  const root = await temporaryDirectory();
  const [dataDir, directory, restored] = ["data", "backup", "restored"].map((n) => join(root, n));
  const engine = await openTestEngine(dataDir);
  const election = await openTestElection(engine, "demo", 1);
  const vote = async (voter: number) => {
    const bytes = frameOf("demo", 0, [ballotOf(voter, voter)], voter);
    await engine.log.append([{ election: "demo", partition: 0, bytes }]);
  };
  const made = { dataDir, directory, withKeys: false, now: 7 };
  return { root, restored, engine, election, vote, made };
}

describe("a backup", () => {
  it("has a log that reaches as far as its ledger, whatever happens between the two", async () => {
    const { engine, election, vote, made, restored } = await scene();
    const tally = await startTally(engine);
    await vote(1);
    const onCopied = async () => {
      await vote(2);
      await untilTallied(engine, election, 60_000);
    };
    await backUp({ ...made, onCopied });
    await tally.stop();
    await restore(made.directory, restored);
    const elsewhere = await openTestEngine(restored);
    // Exactly what came between is behind: the tally there would decide it.
    const report = await recountElection({ ...elsewhere, election: "demo", from: "log" });
    expect(report).toMatchObject({ agrees: true, counted: 1, behind: 1 });
  });

  it("is made anew if an election closes meanwhile", async () => {
    const { engine, election, vote, made, restored } = await scene();
    const tally = await startTally(engine);
    await vote(1);
    const parts: string[] = [];
    const onCopied = async (part: string) => {
      if (parts.push(part) === 1) await closeAndSeal(engine, election);
    };
    const manifest = await backUp({ ...made, onCopied });
    await tally.stop();
    expect(parts).toEqual(["ledger", "log", "ledger", "log"]);
    expect(manifest.elections).toMatchObject([{ id: "demo", status: "closed" }]);
    expect(await restore(made.directory, restored)).toEqual(manifest);
    const elsewhere = await openTestEngine(restored);
    const report = await recountElection({ ...elsewhere, election: "demo", from: "log" });
    expect(report).toMatchObject({ agrees: true, sealed: true, counted: 1, status: "closed" });
  });

  it("is restored whole, into a new directory, or not at all", async () => {
    const { root, made, restored } = await scene();
    const { directory } = made;
    const code = "corrupt-backup";
    await expect(restore(root, restored)).rejects.toMatchObject({ code });
    await backUp(made);
    const { dataDir } = made;
    await expect(restore(directory, dataDir)).rejects.toMatchObject({ code: "invalid-usage" });
    const manifest = join(directory, "backup.json");
    await writeFile(manifest, '{"backup": 2}');
    await expect(restore(directory, restored)).rejects.toMatchObject({ code });
    const escaping = { name: "../data/VERSION", bytes: 12, sha256: "" };
    const madeBy = { program: "vote", version: "1" };
    const forged = { backup: 1, madeAt: 7, madeBy, secretKeys: false, elections: [] };
    await writeFile(manifest, JSON.stringify({ ...forged, files: [escaping] }));
    await expect(restore(directory, restored)).rejects.toThrow(/it has no such name/);
    await rm(manifest);
    await expect(restore(directory, restored)).rejects.toThrow(/the backup is not finished/);
  });

  it("of a data directory without keys has none, whoever asks for them", async () => {
    const { made, restored } = await scene();
    await rm(join(made.dataDir, "keys"), { recursive: true, force: true });
    const manifest = await backUp({ ...made, withKeys: true });
    expect(manifest).toMatchObject({ secretKeys: false });
    expect(await readdir(made.directory)).not.toContain("keys");
    expect(await restore(made.directory, restored)).toEqual(manifest);
  });

  it("says what the operating system refuses, and where", async () => {
    const { made, restored } = await scene();
    const { directory, dataDir } = made;
    const refused = (message: RegExp) => ({
      ...{ code: "data-directory-unusable", message: expect.stringMatching(message) },
    });
    await mkdir(join(dataDir, "keys", "directory.key"), { recursive: true });
    await expect(backUp({ ...made, withKeys: true })).rejects.toMatchObject({
      ...refused(/^Cannot copy .*data to .*backup: EISDIR/),
      hint: expect.stringContaining(`remove ${directory}, and try again`),
    });
    await rm(directory, { recursive: true });
    const manifest = await backUp(made);
    const twice = { ...manifest, files: [...manifest.files, ...manifest.files] };
    const path = join(directory, "backup.json");
    await writeFile(path, JSON.stringify(twice));
    await expect(restore(directory, restored)).rejects.toMatchObject({
      ...refused(/^Cannot copy .*backup to .*restored: EEXIST/),
      hint: expect.stringContaining(`remove ${restored}, and try again`),
    });
    await rm(path);
    await mkdir(path);
    await expect(restore(directory, restored)).rejects.toMatchObject(
      refused(/^Cannot read .*backup\.json: EISDIR/),
    );
  });

  it("of another version names no other data directory as the way out", async () => {
    const { made, restored } = await scene();
    const manifest = await backUp(made);
    const files = manifest.files.filter(({ name }) => name !== "VERSION");
    await writeFile(join(made.directory, "backup.json"), JSON.stringify({ ...manifest, files }));
    await writeFile(join(made.directory, "VERSION"), "vote-data 1\n");
    await expect(restore(made.directory, restored)).rejects.toMatchObject({
      ...{ code: "data-directory-version", hint: "Use the program version that made the backup." },
    });
  });
});

describe("a directory that is being restored", () => {
  it("is taken by no program before its last file has been compared", async () => {
    const { made, restored } = await scene();
    await backUp(made);
    const options = { engine: "embedded", dataDir: restored } as const;
    const unfinished = {
      ...{ code: "data-directory-unusable", message: expect.stringMatching(/is unfinished/) },
    };
    const copied: string[] = [];
    await restore(made.directory, restored, async (name) => {
      copied.push(name);
      await expect(openEngine(options)).rejects.toMatchObject(unfinished);
      await expect(openEvidence(options)).rejects.toMatchObject(unfinished);
    });
    expect(copied).toEqual(["ledger/data.mdb", "log/data.mdb"]);
    expect(await readFile(join(restored, "VERSION"), "utf8")).toBe("vote-data 2\n");
    const { registry, close } = await openEvidence(options);
    expect(await registry.list().finally(close)).toMatchObject([{ id: "demo" }]);
  });

  it("stays unfinished if a copy is not what the backup has, and the hint says so", async () => {
    const { made, restored } = await scene();
    await backUp(made);
    const damaging = restore(made.directory, restored, (name) =>
      writeFile(join(restored, name), "other bytes"),
    );
    await expect(damaging).rejects.toMatchObject({
      code: "corrupt-backup",
      message: expect.stringMatching(/^The restored file .*restored\/ledger\/data\.mdb is damaged/),
      hint: expect.stringContaining(`No program takes ${restored}, which is unfinished.`),
    });
    const opening = openEngine({ engine: "embedded", dataDir: restored });
    await expect(opening).rejects.toMatchObject({ code: "data-directory-unusable" });
  });
});
