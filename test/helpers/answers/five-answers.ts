import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { DecisionDiff } from "../../../src/runtime/contracts/audit/decision-diff.js";
import type { LiveResult } from "../../../src/runtime/contracts/http/result.js";
import { decisionNames } from "../../../src/runtime/core/formats/decision.js";
import type { LedgerReader } from "../../../src/runtime/ledger/port.js";
import { startServe } from "../../../src/runtime/serve/server.js";
import { type Engine, openEngine } from "../../../src/runtime/wiring/engine.js";
import { chainOf } from "../data/election.js";
import type { Sandbox } from "../run-vote.js";
import {
  contestedAnswer,
  contestedId,
  type Expected,
  keptDecisions,
} from "./contested-election.js";
import { verifyExport } from "./go-verifier.js";

/** The commands of one system: a sandbox, with what leads them to the election's stores. */
export interface Audited {
  readonly box: Sandbox;
  readonly environment: Readonly<Record<string, string>>;
  /** "--engine", "cluster" */
  readonly where: readonly string[];
}

interface Counted {
  readonly result: readonly { readonly candidate: string; readonly votes: number }[];
  readonly counted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly retriesAbsorbed: number;
}

interface Verified extends Counted {
  readonly code: number | null;
  readonly certified: boolean;
  readonly findings: readonly object[];
  readonly receipts: { readonly fates: readonly Fate[] };
}

interface Fate {
  readonly ballotId: string;
  readonly outcome: string;
  readonly reason?: string;
}

/** The command's JSON, once it has ended with 0. */
async function said<T>({ box, environment, where }: Audited, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await box.startIn(environment, ...args, ...where, "--json")
    .finished;
  expect(code, `vote ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  return JSON.parse(stdout) as T;
}

function figuresOf({ result, counted, rejected, retriesAbsorbed }: Counted): Counted {
  const votes = result.map(({ candidate, votes: number }) => ({ candidate, votes: number }));
  return { result: votes, counted, rejected, retriesAbsorbed };
}

/** The kept decisions of a ledger: ballot and decision, by partition and in order. */
async function decisionsIn(ledger: LedgerReader, partitions: number): Promise<string[]> {
  const decided: string[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    for (const { ballots, decisions } of await chainOf(ledger, contestedId, partition)) {
      for (const [index, decision] of decisions.entries()) {
        const ballot = Buffer.from(ballots.subarray(index * 40, index * 40 + 32)).toString("hex");
        decided.push(`${partition} ${ballot.slice(32)} ${decisionNames[decision]}`);
      }
    }
  }
  return decided;
}

/** What serve answers: live until there is a certificate. */
export async function servedResult(engine: Engine): Promise<LiveResult> {
  const serve = await startServe({ ...engine, host: "127.0.0.1", port: 0 });
  try {
    const answer = await fetch(`${serve.url}/v1/elections/${contestedId}/result`);
    return (await answer.json()) as LiveResult;
  } finally {
    await serve.stop();
  }
}

/**
 * Asks for the count of a contested election in five ways, and expects one answer: the live view,
 * the recounts of ledger and log, the replay, and the verifier in Go; ballot for ballot, where they
 * tell of ballots. Then certifies it, and expects the same of the official result.
 *
 * @param engine the system's own
 * @param program the verifier
 */
export async function expectFiveEqualAnswers(
  audited: Audited,
  engine: Engine,
  program: string,
  expected: readonly Expected[],
): Promise<void> {
  const { path } = audited.box;
  const named = ["--election", contestedId];
  const live = await servedResult(engine);
  expect(live).toMatchObject({ official: false, status: "closed" });
  const recounted = (from: string) =>
    said<Counted>(audited, "recount", ...named, "--no-certify", "--from", from);
  const [ledger, log] = [await recounted("ledger"), await recounted("log")];
  expect(log).toMatchObject({ agrees: true, behind: 0, findings: [], refusedCount: 2 });

  const diff = await said<DecisionDiff>(audited, "audit", "replay", ...named, "--to", "again");
  const decisions = { a: keptDecisions, b: keptDecisions };
  expect(diff).toEqual({
    ...{ election: contestedId, equal: true, partitions: 2, decisions },
    ...{ kinds: {}, differences: [] },
  });
  const again = join(path, "again");
  const fresh = { ...audited, where: ["--engine", "embedded", "--data-dir", again] };
  const replay = await said<Counted>(
    fresh,
    ...["recount", ...named, "--no-certify", "--from", "ledger"],
  );

  const exported = join(path, "exported");
  await said(audited, "audit", "export", ...named, "--to", exported);
  const receipts = join(path, "receipts.txt");
  await writeFile(receipts, expected.map(({ receipt }) => receipt).join("\n"));
  const verified = verifyExport<Verified>(program, "--receipts", receipts, exported);
  expect(verified).toMatchObject({ code: 0, certified: false, findings: [] });

  const inTable = ["--format", "csv", "--to", join(path, "table")];
  const table = await said<Counted>(audited, "audit", "export", ...named, ...inTable);
  const ways = { live, ledger, log, replay, verified, table };
  for (const [way, answer] of Object.entries(ways)) {
    expect({ way, ...figuresOf(answer) }).toEqual({ way, ...contestedAnswer });
  }
  const replayed = await openEngine({ engine: "embedded", dataDir: again });
  const [before, after] = await Promise.all(
    [engine, replayed].map((one) => decisionsIn(one.ledger, 2)),
  );
  await replayed.close();
  expect(before).toHaveLength(keptDecisions);
  expect(after).toEqual(before);
  expect(verified.receipts.fates.map(fateOf)).toEqual(
    // A repetition has the fate of the ballot that it repeats.
    expected.map(({ ballotId, fate }) => `${ballotId} ${fate === "repeat" ? "counted" : fate}`),
  );

  await expectSameOfficially(audited, engine, program);
}

const fateOf = ({ ballotId, outcome, reason = outcome }: Fate) => `${ballotId} ${reason}`;

async function expectSameOfficially(
  audited: Audited,
  engine: Engine,
  program: string,
): Promise<void> {
  const named = ["--election", contestedId];
  const [exported, tiles] = ["certified", "tiles"].map((name) => join(audited.box.path, name));
  // It compares the live count once more, and would end with 3.
  await said(audited, "certify", "--once", ...named);
  const official = await servedResult(engine);
  expect(official).toMatchObject({ official: true, status: "certified" });
  await said(audited, "audit", "export", ...named, "--to", exported);
  await said(audited, "audit", "publish", ...named, "--to", tiles);
  const verified = verifyExport<Verified>(program, "--log", tiles, exported);
  expect(verified).toMatchObject({ code: 0, certified: true, findings: [] });
  for (const [way, answer] of Object.entries({ official, verified })) {
    expect({ way, ...figuresOf(answer) }).toEqual({ way, ...contestedAnswer });
  }
}
