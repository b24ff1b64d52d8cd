import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { startTally } from "../../src/runtime/tally/tally.js";
import { type Engine, openEngine } from "../../src/runtime/wiring/engine.js";
import { closeAndSeal } from "../helpers/audit.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { openTestElection } from "../helpers/data/election.js";
import { sealedElection } from "../helpers/data/sealed-election.js";
import { type Sandbox, sandbox } from "../helpers/run-vote.js";

const timeoutMs = 180_000;
let box: Sandbox;
let engine: Engine;
beforeEach(async () => {
  box = sandbox();
  engine = await openEngine({ engine: "embedded", dataDir: box.dataDir });
}, timeoutMs);
afterEach(async () => {
  await engine.close();
  await box.remove();
});

const recountOf = (one: Engine, election: string) =>
  recountElection({ ...one, election, from: "log" });

/** @returns the engine of what `vote restore` makes of a backup that `vote backup` makes now */
async function movedTo(name: string, ...flags: string[]): Promise<Engine> {
  const backup = await box.vote("backup", "--to", `${name}-backup`, ...flags);
  expect(backup).toMatchObject({ code: 0 });
  const restored = await box.vote("restore", "--from", `${name}-backup`, "--to", name);
  expect(restored).toMatchObject({ code: 0, stderr: "" });
  return openEngine({ engine: "embedded", dataDir: join(box.path, name) });
}

it(
  "an election that is over has the same digest elsewhere, and its keys stay behind",
  async () => {
    await sealedElection(engine);
    const { digest, result } = await recountOf(engine, "demo");
    const elsewhere = await movedTo("elsewhere");
    expect(await recountOf(elsewhere, "demo")).toMatchObject({ agrees: true, digest, result });
    await elsewhere.close();
    const names = await readdir(join(box.path, "elsewhere-backup"), { recursive: true });
    expect(names.sort()).toEqual(
      ["VERSION", "backup.json", "ledger", "ledger/data.mdb", "log", "log/data.mdb"].sort(),
    );

    const said = await box.vote("backup", "--to", "secret", "--with-keys");
    expect(said.stderr).toMatch(/^secret holds SECRET KEYS, not encrypted/);
    const keys = await readdir(join(box.dataDir, "keys"));
    expect(keys.length).toBeGreaterThan(1);
    expect((await readdir(join(box.path, "secret/keys"))).sort()).toEqual(keys.sort());
    for (const key of keys) {
      const path = join(box.path, "secret/keys", key);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await readFile(path)).toEqual(await readFile(join(box.dataDir, "keys", key)));
    }
    const again = await box.vote("backup", "--to", "secret");
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/secret is not empty/) });

    const log = join(box.path, "elsewhere-backup/log/data.mdb");
    const bytes = await readFile(log);
    bytes[bytes.length - 100] ^= 1;
    await writeFile(log, bytes);
    const damaged = await box.vote("restore", "--from", "elsewhere-backup", "--to", "third");
    expect(damaged).toMatchObject({ code: 3 });
    expect(damaged.stderr).toMatch(/log\/data\.mdb is damaged: its SHA-256 is not the manifest's/);
    expect(await readdir(box.path)).not.toContain("third");
  },
  timeoutMs,
);

it(
  "a copy made while votes come in holds all that were acknowledged before, and goes on",
  async () => {
    const election = await openTestElection(engine, "busy", 2);
    const tally = await startTally(engine);
    let acknowledged = 0;
    let goOn = true;
    const voting = (async () => {
      for (let frame = 1; goOn; frame++) {
        const frames = [0, 1].map((partition) => {
          // The voter's first word chooses the partition.
          const voters = Array.from({ length: 20 }, (_, n) => (frame * 20 + n) * 2 + partition);
          const ballots = voters.map((voter) => ballotOf(voter, voter, voter % 3));
          return { election: "busy", partition, bytes: frameOf("busy", partition, ballots, frame) };
        });
        await engine.log.append(frames);
        acknowledged += 40;
      }
    })();
    const moved = async () => {
      await expect.poll(() => acknowledged, { timeout: 60_000 }).toBeGreaterThan(200);
      return { before: acknowledged, elsewhere: await movedTo("elsewhere", "--with-keys") };
    };
    const { before, elsewhere } = await moved().finally(() => {
      goOn = false;
    });
    await voting;
    await tally.stop();
    try {
      const there = await startTally(elsewhere);
      await closeAndSeal(elsewhere, election);
      await there.stop();
      const report = await recountOf(elsewhere, "busy");
      expect(report).toMatchObject({ agrees: true, sealed: true, behind: 0, rejected: {} });
      expect(report.counted).toBeGreaterThanOrEqual(before);
      expect(report.counted).toBeLessThanOrEqual(acknowledged);
    } finally {
      await elsewhere.close();
    }
  },
  timeoutMs,
);

it(
  "what cannot be read or found uses no directory up, and is no bug",
  async () => {
    await sealedElection(engine);
    const mistyped = await box.vote("restore", "--from", "mistyped", "--to", "new");
    expect(mistyped).toMatchObject({ code: 2 });
    expect(mistyped.stderr).toMatch(/^Error: Cannot read mistyped \(ENOENT\)\.$/m);
    const replay = ["audit", "replay", "--to", "new", "--election"];
    const unknown = await box.vote(...replay, "mistyped");
    expect(unknown.stderr).toMatch(/There is no election mistyped/);
    expect(await readdir(box.path)).not.toContain("new");
    expect(await box.vote(...replay, "demo")).toMatchObject({ code: 0 });

    // What a restoration without keys has made.
    await rm(join(box.dataDir, "keys"), { recursive: true });
    const bare = await box.vote("backup", "--to", "bare", "--with-keys");
    expect(bare).toMatchObject({
      ...{ code: 0, stderr: expect.stringMatching(/has no keys, so bare holds none either/) },
    });
  },
  timeoutMs,
);
