import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Election } from "../../../src/runtime/core/election.js";
import { untilTallied } from "../../../src/runtime/elections/final-tally.js";
import { trustKey } from "../../../src/runtime/elections/trust.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { replayElection } from "../../../src/runtime/system/replay/replay-election.js";
import { startTally } from "../../../src/runtime/tally/tally.js";
import { makeEmptyDirectory } from "../../../src/runtime/wiring/data-directory.js";
import type { Engine } from "../../../src/runtime/wiring/engine.js";
import { openEvidence } from "../../../src/runtime/wiring/evidence.js";
import { closeAndSeal } from "../../helpers/audit.js";
import { ballotOf, frameOf } from "../../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { testKey } from "../../helpers/data/test-keys.js";
import { flipped, ledgerCases } from "../../helpers/tampering/ledger-cases.js";
import { TamperedDirectory } from "../../helpers/tampering/tampered-directory.js";
import { honestElections } from "../../helpers/tampering/verdict.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

/** As `vote audit replay` does it, but for the fresh ledger's being closed after the test. */
async function replayed(dataDir: string, election = "demo") {
  const evidence = await openEvidence({ engine: "embedded", dataDir });
  const fresh = await openTestEngine();
  const diff = await replayElection({ election, evidence, fresh }).finally(evidence.close);
  return { diff, fresh };
}

const stores = ["log/data.mdb", "ledger/data.mdb"];
const contentOf = (dataDir: string) =>
  Promise.all(stores.map((name) => readFile(join(dataDir, name), "base64")));

async function tampered(base: string, tamper: (data: TamperedDirectory) => unknown) {
  const data = await TamperedDirectory.copyOf(base);
  await tamper(data);
  await data.close();
  return data.dataDir;
}

describe("a replay", () => {
  const honest = honestElections();

  it("decides a certified election's log as its ledger does, and touches neither", async () => {
    const dataDir = honest().certified;
    const before = await contentOf(dataDir);
    const { diff, fresh } = await replayed(dataDir);
    expect(diff).toEqual({
      ...{ election: "demo", equal: true, partitions: 2, decisions: { a: 14, b: 14 } },
      ...{ kinds: {}, differences: [] },
    });
    expect(await contentOf(dataDir)).toEqual(before);
    const recount = await recountElection({ ...fresh, election: "demo", from: "ledger" });
    expect(recount).toMatchObject({ agrees: true, sealed: true, counted: 10, status: "closed" });
  });

  it("finds every tampered ledger, and makes one that is whole again", async () => {
    // Where ballots, hashes and chain fit each other, the log alone shows it.
    for (const [what, tamper] of ledgerCases) {
      const { diff, fresh } = await replayed(await tampered(honest().sealed, tamper));
      expect(diff.equal, what).toBe(false);
      expect(diff.differences[0].partition, what).toBeTypeOf("number");
      const recount = await recountElection({ ...fresh, election: "demo", from: "ledger" });
      expect(recount, what).toMatchObject({ agrees: true, sealed: true, counted: 10 });
    }
  });

  it("names the decision that the log does not bear out", async () => {
    const dataDir = await tampered(honest().sealed, (data) =>
      data.rechain(1, (chain) =>
        chain.map((one) => {
          if (one.sequence === 1) one.decisions[0] = 0;
          return one;
        }),
      ),
    );
    expect((await replayed(dataDir)).diff.differences).toMatchObject([
      {
        ...{ kind: "decision", partition: 1, position: 1, segment: 1, number: 3 },
        ...{
          a: expect.stringMatching(/^counted, choice 1/),
          b: expect.stringMatching(/^already-voted, choice 1/),
        },
      },
    ]);
  });

  it("names a damaged record of the log, and what no chain should have", async () => {
    const dataDir = await tampered(honest().sealed, (data) => {
      data.setFrame(0, 1, flipped(data.frame(0, 1), 240));
      data.setSegment(2, 0, data.segment(0, 0));
    });
    const { kinds, differences } = (await replayed(dataDir)).diff;
    expect(differences[0]).toMatchObject({ kind: "damaged", partition: 0, a: "nothing" });
    expect(differences[0].b).toMatch(/election demo, partition 0, position 1/);
    // Behind the damage, the ledger alone decides: four ballots, and the seal.
    expect(kinds).toEqual({ damaged: 2, "only-in-a": 4, seal: 1 });
    expect(differences.at(-1)).toMatchObject({ kind: "damaged", partition: 2 });
  });
});

describe("a replay of an election that goes on", () => {
  const voted = async (engine: Engine, election: Election, voter: number, key = testKey(1)) => {
    const bytes = frameOf("demo", 0, [ballotOf(voter, voter)], voter, key);
    await engine.log.append([{ election: election.id, partition: 0, bytes }]);
  };

  it("goes as far as the ledger does, by the keys that were trusted then", async () => {
    const dataDir = await temporaryDirectory();
    const engine = await openTestEngine(dataDir);
    const election = await openTestElection(engine, "demo", 1);
    const stranger = testKey(9);
    const tally = await startTally(engine);
    onTestFinished(() => tally.stop());
    await engine.log.append([
      { election: "demo", partition: 0, bytes: frameOf("demo", 0, [ballotOf(1, 1)]) },
    ]);
    await voted(engine, election, 2, stranger);
    await untilTallied(engine, election, 60_000);
    const { publicKey } = stranger;
    await trustKey(engine, "demo", { publicKey, use: "frames" }, { by: "test", at: 5 });
    await voted(engine, election, 3, stranger);
    await untilTallied(engine, election, 60_000);
    const { diff, fresh } = await replayed(dataDir);
    expect(diff).toMatchObject({ equal: true, decisions: { a: 2, b: 2 } });
    const refused = (await chainOf(fresh.ledger, "demo", 0)).flatMap((one) => one.refused);
    expect(refused).toMatchObject([{ position: 1, reason: "unknown-key" }]);

    // Repetitions behind the seal need no decision, so they may be in no segment.
    await closeAndSeal(engine, election);
    await tally.stop();
    await engine.log.append([
      { election: "demo", partition: 0, bytes: frameOf("demo", 0, [ballotOf(1, 1)]) },
    ]);
    expect((await replayed(dataDir)).diff).toMatchObject({ equal: true, decisions: { b: 2 } });
    await voted(engine, election, 4, stranger);
    expect((await replayed(dataDir)).diff).toMatchObject({
      equal: false,
      differences: [{ kind: "only-in-b", b: expect.stringMatching(/^election-closed/) }],
    });
  });
});

it("a directory for something whole is new, or empty", async () => {
  const root = await temporaryDirectory();
  await makeEmptyDirectory(root);
  await makeEmptyDirectory(join(root, "in", "another"));
  await writeFile(join(root, "file"), "");
  const code = "invalid-usage";
  await expect(makeEmptyDirectory(root)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/is not empty/),
  });
  await expect(makeEmptyDirectory(join(root, "file", "below"))).rejects.toMatchObject({
    ...{ code, message: expect.stringMatching(/cannot be made \(ENOTDIR\)/) },
  });
});
