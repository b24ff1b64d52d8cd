import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Election } from "../../src/runtime/core/election.js";
import { maxPartitions } from "../../src/runtime/core/limits.js";
import { createAndStore, openElection } from "../../src/runtime/elections/elections.js";
import { untilTallied } from "../../src/runtime/elections/final-tally.js";
import { openEnvironment, openTable, placeKey } from "../../src/runtime/embedded/environment.js";
import { startIngest } from "../../src/runtime/ingest/server.js";
import { issueToken } from "../../src/runtime/keys/tokens.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { type RunningTally, startTally } from "../../src/runtime/tally/tally.js";
import type { Engine } from "../../src/runtime/wiring/engine.js";
import { ballotOf, frameOf } from "../helpers/data/ballots.js";
import { chainOf, openTestElection, openTestEngine } from "../helpers/data/election.js";
import { sealedElection } from "../helpers/data/sealed-election.js";
import { eventually, temporaryDirectory } from "../helpers/temporary.js";

const candidates = ["yes", "no"].map((id) => ({ id, name: id }));
const draft = { id: "real", title: "Real", candidates, partitions: 2 };

const recount = ({ registry, ledger, log }: Engine, election: string, from: "ledger" | "log") =>
  recountElection({ election, registry, ledger, log, from });

async function tallyOf(engine: Engine): Promise<RunningTally> {
  const tally = await startTally(engine);
  onTestFinished(() => tally.stop());
  return tally;
}

/** What each partition says that keeps it from going on; empty for those that do. */
const halts = (tally: RunningTally) => tally.metrics().partitions.map(({ halted }) => halted);

/** As whoever may write to the directory does: past everything that the program would refuse. */
async function rewrite(
  path: string,
  name: string,
  change: (table: ReturnType<typeof openTable>) => void,
) {
  const environment = openEnvironment(path, true);
  const table = openTable(environment, name);
  await environment.transaction(() => change(table));
  await environment.close();
}

const forgetElections = (dataDir: string) =>
  Promise.all(
    ["elections", "changes", "certificates"].map((name) =>
      rewrite(join(dataDir, "ledger"), name, (table) => table.clearSync()),
    ),
  );

/** A rehearsal with 20 votes for "yes", whose registry is emptied afterwards. */
async function afterRehearsal(): Promise<{ engine: Engine; rehearsal: Election }> {
  const dataDir = await temporaryDirectory();
  const engine = await openTestEngine(dataDir);
  await createAndStore(engine, draft, Date.now());
  const rehearsal = await openElection(engine, draft.id, Date.now());
  const tally = await startTally(engine);
  await engine.log.append(framesOf(rehearsal));
  expect(await untilTallied(engine, rehearsal, 20_000)).toBe(true);
  await tally.stop();
  await forgetElections(dataDir);
  expect(await engine.registry.list()).toEqual([]);
  return { engine, rehearsal };
}

function framesOf(election: Election) {
  return [0, 1].map((partition) => {
    const voters = Array.from({ length: 10 }, (_, n) => ballotOf(n * 2 + partition, n));
    const ballots = voters.map((one) => ({ ...one, receivedAt: Date.now() }));
    return { election: election.id, partition, bytes: frameOf(election, partition, ballots) };
  });
}

describe("a log and a ledger that are left of an election with the same id", () => {
  it("keep another from being created or opened", async () => {
    const { engine } = await afterRehearsal();
    const refused = {
      code: "leftover-evidence",
      exitCode: 2,
      message: "The log already holds records under the id real, in partition 0, 1.",
    };
    await expect(createAndStore(engine, draft, Date.now())).rejects.toMatchObject(refused);
    expect(await engine.registry.list()).toEqual([]);

    const other = await createAndStore(engine, { ...draft, id: "other" }, Date.now());
    await engine.log.append([{ ...framesOf(other)[1], election: "other" }]);
    await expect(openElection(engine, "other", Date.now())).rejects.toMatchObject({
      code: "leftover-evidence",
      message: expect.stringContaining("in partition 1."),
    });
    expect((await engine.registry.get("other"))?.status).toBe("draft");
  });

  it("keep it from being opened when only the ledger is left", async () => {
    const engine = await openTestEngine();
    await createAndStore(engine, draft, Date.now());
    await engine.ledger.append({ election: "real", partition: 5, sequence: 0 }, Buffer.from("x"));
    await expect(openElection(engine, "real", Date.now())).rejects.toMatchObject({
      code: "leftover-evidence",
      message: "The ledger already holds segments under the id real, in partition 5.",
    });
  });

  it("become no other election's result, even past the checks", async () => {
    const { engine, rehearsal } = await afterRehearsal();
    // The same id, the same candidates, the same key: only the instance is another.
    const real = { ...rehearsal, instance: "0123456789abcdef".repeat(2), revision: 1 };
    await engine.registry.create({ ...real, status: "draft" });
    await engine.registry.replace({ ...real, revision: 2 });
    const tally = await tallyOf(engine);
    await eventually("both partitions halted", () => halts(tally).filter(Boolean).length === 2);
    expect(halts(tally)[0]).toContain("segment 0: it was made for another instance");
    const report = await recount(engine, "real", "log");
    expect(report).toMatchObject({ agrees: false, counted: 0, sealed: false });
    expect(report.findings.map(({ kind, detail }) => `${kind}: ${detail}`)).toContain(
      "wrong-place: election real, partition 0, segment 0: it belongs to another instance of the " +
        "election; reading ends here",
    );
  });
});

describe("two keys under one key id", () => {
  it("are no two votes: the host without the election's key takes no ballot", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "keys", 2);
    const elsewhere = await temporaryDirectory();
    const other = await openTestEngine(elsewhere);
    await other.keys.tokenSecret();
    await writeFile(join(elsewhere, "keys", `election-${election.keyId}.key`), Buffer.alloc(32, 9));
    const answers: number[] = [];
    for (const keys of [engine.keys, other.keys]) {
      const ingest = await startIngest({ ...engine, keys, host: "127.0.0.1", port: 0 });
      const secret = await keys.tokenSecret();
      const times = { expiresInSeconds: 60, nowMs: Date.now() };
      const token = issueToken({
        secret,
        subject: "ada",
        scope: "vote",
        election: "keys",
        ...times,
      });
      const answer = await fetch(`${ingest.url}/v1/elections/keys/ballots`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ choice: "c0" }),
      });
      answers.push(answer.status);
      if (answer.status === 503) {
        const problem = await answer.text();
        expect(JSON.parse(problem)).toMatchObject({ code: "wrong-election-key" });
        expect(problem).not.toContain(election.keyId);
      }
      await ingest.stop();
    }
    expect(answers).toEqual([202, 503]);
    const ends = await Promise.all([0, 1].map((partition) => engine.log.end("keys", partition)));
    expect(ends[0] + ends[1]).toBe(1);
  });
});

describe("an election whose candidates are others than those that were voted on", () => {
  it.each<[string, (all: Election["candidates"]) => Election["candidates"]]>([
    ["swapped", ([a, b, c]) => [b, a, c]],
    ["renamed", ([a, b, c]) => [{ ...a, name: b.name }, { ...b, name: a.name }, c]],
  ])("is noticed with all of them %s, in a registry that is whole", async (_how, change) => {
    const dataDir = await temporaryDirectory();
    const engine = await openTestEngine(dataDir);
    const sealed = await sealedElection(engine);
    expect((await recount(engine, "demo", "ledger")).findings).toEqual([]);
    const changes = await engine.registry.trail("demo");
    await forgetElections(dataDir);
    const forged = (election: Election) => ({
      ...election,
      candidates: change(election.candidates),
    });
    const [first, ...later] = changes.map(({ election }) => forged(election));
    await engine.registry.create(first);
    for (const election of later) await engine.registry.replace(election);
    const report = await recount(engine, "demo", "ledger");
    expect(report.findings.map(({ kind, partition }) => [kind, partition])).toEqual([
      ["wrong-definition", 0],
      ["wrong-definition", 1],
    ]);
    expect(report.findings[0].detail).toBe(
      "election demo, partition 0, segment 0: " +
        "made by another definition of the election than the registry's",
    );
    expect(sealed.candidates).not.toEqual(forged(sealed).candidates);
  });
});

describe("evidence that belongs to no partition, or to another log", () => {
  it("is a finding: a chain of a partition that the election does not have", async () => {
    const dataDir = await temporaryDirectory();
    const engine = await openTestEngine(dataDir);
    await sealedElection(engine);
    const [segment] = await chainOf(engine.ledger, "demo", 0);
    for (const partition of [2, maxPartitions - 1]) {
      await engine.ledger.append({ election: "demo", partition, sequence: 0 }, segment.bytes);
    }
    expect(await engine.ledger.partitions("demo")).toEqual([0, 1, 2, maxPartitions - 1]);
    const report = await recount(engine, "demo", "ledger");
    expect(report.findings).toMatchObject([
      { kind: "extra-chain", partition: 2 },
      { kind: "extra-chain", partition: maxPartitions - 1 },
    ]);
  });

  it("is noticed by its digest: a log that decides the same, made anew", async () => {
    const dataDir = await temporaryDirectory();
    const engine = await openTestEngine(dataDir);
    const election = await sealedElection(engine);
    const [record] = await engine.log.read("demo", 0, 0, 1);
    // The same ballots, in a frame of another producer: no decision and no total is another.
    const ballots = [
      [1, 1, 0],
      [2, 2, 1],
      [3, 3, 0],
    ].map(([voter, ballot, choice]) => ballotOf(voter * 2, ballot * 2, choice));
    const again = frameOf(election, 0, ballots, 77);
    expect(again.subarray(232)).toEqual(Buffer.from(record.bytes).subarray(232));
    await rewrite(join(dataDir, "log"), "frames", (table) => {
      table.putSync(placeKey("demo", 0, 0), again);
    });
    const report = await recount(engine, "demo", "log");
    expect(report.findings).toMatchObject([{ kind: "log-differs", partition: 0, sequence: 0 }]);
    expect(report.findings[0].detail).toContain("the log's digest up to here differs");
  });

  it("is rejected, and the recount agrees: a ballot in a partition not its voter's", async () => {
    const engine = await openTestEngine();
    const election = await openTestElection(engine, "astray", 2);
    const tally = await startTally(engine);
    const ballots = [ballotOf(2, 1), ballotOf(3, 2), ballotOf(3, 2), ballotOf(5, 3, 99)];
    const bytes = frameOf("astray", 0, ballots);
    await engine.log.append([{ election: "astray", partition: 0, bytes }]);
    expect(await untilTallied(engine, election, 20_000)).toBe(true);
    await tally.stop();
    for (const from of ["ledger", "log"] as const) {
      const report = await recount(engine, "astray", from);
      expect(report.findings).toEqual([]);
      expect(report).toMatchObject({ counted: 1, rejected: { "wrong-partition": 2 } });
      expect(report.retriesAbsorbed).toBe(1);
    }
  });
});
