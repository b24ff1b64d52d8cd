import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportCsv } from "../../../src/runtime/audit/table/export-csv.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { openEvidence } from "../../../src/runtime/wiring/evidence.js";
import {
  contestedAnswer,
  contestedElection,
  contestedId,
  keptDecisions,
} from "../../helpers/answers/contested-election.js";
import { openTestElection, openTestEngine } from "../../helpers/data/election.js";
import { sealedElection } from "../../helpers/data/sealed-election.js";
import { passedThrough } from "../../helpers/passed-through.js";
import { TamperedDirectory } from "../../helpers/tampering/tampered-directory.js";
import { honestElections } from "../../helpers/tampering/verdict.js";
import { temporaryDirectory } from "../../helpers/temporary.js";

const tableIn = async (directory: string) => {
  const text = await readFile(join(directory, "decisions.csv"), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  const [names, ...lines] = text.trimEnd().split("\n");
  expect(names).toBe(
    "partition,segment,ballot,voter_tag,ballot_id,received_at,choice,candidate,decision",
  );
  return lines.map((line) => line.split(","));
};

/** How many rows there are of each value. */
function countedBy(rows: readonly string[][], keyOf: (row: string[]) => string) {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[keyOf(row)] = (counts[keyOf(row)] ?? 0) + 1;
  return counts;
}

describe("a table of decisions", () => {
  it("has a row for each kept decision, and counts as the recount does", async () => {
    const engine = await openTestEngine();
    const expected = await contestedElection(engine);
    const directory = join(await temporaryDirectory(), "new", "table");
    const table = await exportCsv({ ...engine, election: contestedId, directory });
    const recount = await recountElection({ ...engine, election: contestedId, from: "log" });
    const { result, counted, rejected, retriesAbsorbed } = recount;
    expect(table).toEqual({
      ...{ election: contestedId, file: "decisions.csv", rows: keptDecisions, unkept: 6 },
      ...{ result, counted, rejected, retriesAbsorbed },
    });
    expect(table).toMatchObject(contestedAnswer);

    const rows = await tableIn(directory);
    expect(rows).toHaveLength(keptDecisions);
    const voted = rows.filter((row) => row[8] === "counted");
    expect(countedBy(voted, (row) => row[7])).toEqual(
      Object.fromEntries(result.map(({ candidate, votes }) => [candidate, votes])),
    );
    const { "already-voted": again, ...others } = rejected;
    expect(countedBy(rows, (row) => row[8])).toEqual({
      ...{ counted, "already-voted": again - table.unkept, ...others },
    });
    const fates = new Map(expected.map(({ ballotId, fate }) => [ballotId, fate]));
    for (const [, , , tag, ballotId, receivedAt, choice, candidate, decision] of rows) {
      expect(tag).toMatch(/^[0-9a-f]{32}$/);
      // A repetition has no row of its own.
      const fate = fates.get(ballotId) ?? "";
      expect(fate === "repeat" ? "counted" : fate).toBe(decision);
      expect(receivedAt).toMatch(/^2023-11-14T22:13:2\d\.\d{3}Z$/);
      expect(candidate).toBe(choice === "9" ? "" : `c${choice}`);
    }
    await expect(exportCsv({ ...engine, election: contestedId, directory })).rejects.toMatchObject({
      code: "invalid-usage",
    });
  });

  it("is of an election that has ended", async () => {
    const engine = await openTestEngine();
    await openTestElection(engine, "open", 1);
    const directory = await temporaryDirectory();
    const attempt = exportCsv({ ...engine, election: "open", directory });
    await expect(attempt).rejects.toMatchObject({ code: "election-not-closed" });
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ["without a segment", 0],
    ["with its first segment", 1],
  ])("is not finished while a partition %s has no seal", async (_, segments) => {
    const engine = await openTestEngine();
    await sealedElection(engine);
    const ledger = passedThrough(engine.ledger, {
      async *read(election: string, partition: number, from: number) {
        let left = partition === 1 ? segments : Number.POSITIVE_INFINITY;
        for await (const segment of engine.ledger.read(election, partition, from)) {
          if (left-- > 0) yield segment;
        }
      },
    });
    const directory = await temporaryDirectory();
    await expect(
      exportCsv({ ...engine, ledger, election: "demo", directory }),
    ).rejects.toMatchObject({
      code: "not-sealed",
      message: "Election demo, partition 1 has no seal yet.",
    });
    expect(await readdir(directory)).toEqual(["decisions.csv.part"]);
  });
});

describe("a table of a ledger that was tampered with", () => {
  const honest = honestElections();

  it.each<[string, (data: TamperedDirectory) => unknown, RegExp]>([
    [
      "a vote more for a candidate, and all hashes made to fit",
      (data) =>
        data.rechain(1, (chain) => {
          const [first, ...others] = Array.from(chain[3].counts);
          return [...chain.slice(0, 3), { ...chain[3], counts: [first + 1, ...others] }];
        }),
      /^election demo, partition 1: its decisions do not make its totals\.$/,
    ],
    [
      "a segment of another partition",
      (data) => data.setSegment(0, 1, data.segment(1, 1)),
      /^election demo, partition 0, segment 1 of the ledger/,
    ],
  ])("is not finished: %s", async (_, tamper, message) => {
    const data = await TamperedDirectory.copyOf(honest().sealed);
    await tamper(data);
    await data.close();
    const evidence = await openEvidence({ engine: "embedded", dataDir: data.dataDir });
    const directory = await temporaryDirectory();
    const attempt = exportCsv({ ...evidence, election: "demo", directory });
    await expect(attempt.finally(evidence.close)).rejects.toMatchObject({
      code: "corrupt-segment",
      message: expect.stringMatching(message),
    });
    expect(await readdir(directory)).toEqual(["decisions.csv.part"]);
  });
});
