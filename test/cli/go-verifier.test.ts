import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportElection } from "../../src/runtime/audit/export-election.js";
import { openExport } from "../../src/runtime/audit/exported-evidence.js";
import { publishLog } from "../../src/runtime/audit/tlog/publish-log.js";
import type { Election } from "../../src/runtime/core/election.js";
import { encodeCheckpoint } from "../../src/runtime/core/tlog/checkpoint.js";
import { openKeyDirectory } from "../../src/runtime/keys/key-directory.js";
import { signNote } from "../../src/runtime/keys/note-signature.js";
import { drawSigningKey } from "../../src/runtime/keys/signing.js";
import { recountElection } from "../../src/runtime/recount/recount.js";
import { startTally } from "../../src/runtime/tally/tally.js";
import { openEngine } from "../../src/runtime/wiring/engine.js";
import { openEvidence } from "../../src/runtime/wiring/evidence.js";
import {
  buildsWithinMs,
  buildVerifier,
  go,
  goIsThere,
  verifierSources,
  verifyExport,
} from "../helpers/answers/go-verifier.js";
import { closeAndSeal } from "../helpers/audit.js";
import { ballotOf } from "../helpers/data/ballots.js";
import { openTestElection } from "../helpers/data/election.js";
import { promisedFrame } from "../helpers/data/receipts.js";
import { testKey } from "../helpers/data/test-keys.js";
import * as certificate from "../helpers/tampering/certificate-cases.js";
import { ledgerCases } from "../helpers/tampering/ledger-cases.js";
import { logCases } from "../helpers/tampering/log-cases.js";
import * as registry from "../helpers/tampering/registry-cases.js";
import { TamperedExport } from "../helpers/tampering/tampered-export.js";
import { honestElections } from "../helpers/tampering/verdict.js";

const canRun = goIsThere();
const root = mkdtempSync(join(tmpdir(), "vote-go-"));
const [sealed, certified] = ["sealed", "certified"].map((name) => join(root, name));
let program: string;

interface Finding {
  readonly file?: string;
  readonly partition?: number;
  readonly segment?: number;
  readonly position?: number;
  readonly detail: string;
}

interface Report {
  readonly agrees: boolean;
  readonly certified: boolean;
  readonly findings: readonly Finding[];
  readonly receipts?: { readonly fates: readonly object[]; readonly broken: readonly object[] };
}

const verify = (...args: string[]) => verifyExport<Report>(program, ...args);

let copies = 0;
function copyOf(base: string): { data: TamperedExport; path: string } {
  const path = join(root, `copy-${++copies}`);
  return { data: new TamperedExport(base, path), path };
}

/** The numbers that a recount's text of this form names. */
function placeOf(text: RegExp | undefined): Partial<Finding> {
  const names = ["partition", "segment", "position"] as const;
  const found = names.flatMap((name) => {
    const number = new RegExp(`${name} (\\d+)`).exec(text?.source ?? "")?.[1];
    return number === undefined ? [] : [[name, Number(number)] as const];
  });
  return Object.fromEntries(found);
}

describe.skipIf(!canRun)("the verifier in Go, written from docs/formats.md alone", () => {
  const honest = honestElections();
  beforeAll(() => {
    program = buildVerifier(root);
  }, buildsWithinMs);
  beforeAll(async () => {
    for (const [name, directory] of [
      ["sealed", sealed],
      ["certified", certified],
    ] as const) {
      const evidence = await openEvidence({ engine: "embedded", dataDir: honest()[name] });
      await exportElection({ ...evidence, election: "demo", directory, now: 7 });
      await evidence.close();
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("counts as the recount does", async () => {
    const { damage: _, ...stores } = await openExport(certified);
    const recount = await recountElection({ ...stores, from: "log" });
    const { result, counted, rejected, retriesAbsorbed } = recount;
    const expected = { result, counted, rejected, retriesAbsorbed, agrees: true };
    expect(verify(sealed)).toMatchObject({ ...expected, code: 0, certified: false });
    expect(verify(certified)).toMatchObject({ ...expected, code: 0, certified: true });
    const { status, stdout } = spawnSync(program, ["export", certified], { encoding: "utf8" });
    expect({ status, shown: stdout.match(/c0 +6\n/) !== null }).toEqual({ status: 0, shown: true });
    expect(stdout).toContain("✓ the certificate says the same");
  });

  it.each([
    ...[...ledgerCases, ...logCases, ...registry.rewrittenCases].map(
      ([what, tamper, place]) => [what, sealed, tamper, place] as const,
    ),
    ...[
      ...registry.registryCases,
      ...registry.rewrittenCertifiedCases,
      ...certificate.certificateCases,
      ...certificate.heldAgainstCases,
    ].map(([what, tamper, place]) => [what, certified, tamper, place] as const),
  ])("finds, with the place: %s", async (_what, base, tamper, place) => {
    const { data, path } = copyOf(base);
    await tamper(data);
    data.writeManifest();
    const { code, findings } = verify(path);
    expect(code).toBe(3);
    expect(findings).toContainEqual(expect.objectContaining(placeOf(place)));
  });

  it("finds each altered field of a certificate, though the host has signed it", async () => {
    for (const [field, value, place] of certificate.certificateFields) {
      if (place === undefined) continue;
      const { data, path } = copyOf(certified);
      await certificate.signedField(field, value, honest().hostKey)(data);
      data.writeManifest();
      const { code, findings } = verify(path);
      expect(code, field).toBe(3);
      expect(findings[0].file).toBe("registry/certificate.json");
      expect(findings[0].detail).toContain(`"${field}"`);
    }
  });

  it("finds a file that the manifest does not describe, and no export", () => {
    const files = [
      "manifest.json",
      "registry/trail.ndjson",
      "segments/0001.bin",
      "frames/0000.bin",
    ];
    for (const file of files) {
      const { data, path } = copyOf(certified);
      data.damage(file, (content) => content.subarray(0, -2));
      expect(verify(path)).toMatchObject({ code: 3, findings: [{ detail: expect.any(String) }] });
    }
    const { data, path } = copyOf(certified);
    data.damage("registry/election.json", (content) => Buffer.concat([content, Buffer.from(" ")]));
    expect(verify(path)).toMatchObject({ code: 3, findings: [{ file: "registry/election.json" }] });
    expect(spawnSync(program, ["export", join(root, "nothing")]).status).toBe(2);
  });

  it("says what became of a receipt's ballot, and which receipts hold", async () => {
    const dataDir = join(root, "data");
    const engine = await openEngine({ engine: "embedded", dataDir });
    const election = await openTestElection(engine, "promises", 1);
    // Voter 1 votes twice, and for nobody; ballot 1 comes once more with another choice.
    const votes = [ballotOf(1, 1, 0), ballotOf(1, 2, 1), ballotOf(2, 3, 9), ballotOf(1, 1, 2)];
    const kept = promisedFrame(election, 0, votes);
    const tally = await startTally(engine);
    await engine.log.append([{ election: "promises", partition: 0, bytes: kept.bytes }]);
    await closeAndSeal(engine, election);
    await tally.stop();
    const directory = join(root, "promises");
    await exportElection({ ...engine, election: "promises", directory, now: 7 });
    await engine.close();
    const receipts = votes.map((_, index) => kept.receipt(index));
    const { status, broken } = receiptsCommand(election, receipts);
    expect({ status, broken }).toEqual({ status: 0, broken: [] });
    expect(verify("--receipts", join(root, "receipts.txt"), directory)).toMatchObject({
      code: 0,
      receipts: {
        fates: [
          { line: 1, outcome: "counted", choice: "c0", position: 0 },
          { line: 2, outcome: "rejected", reason: "already-voted" },
          { line: 3, outcome: "rejected", reason: "unknown-candidate" },
          { line: 4, outcome: "repeated", reason: "counted" },
        ],
      },
    });
    const late = promisedFrame(election, 0, [ballotOf(5, 5)], 2);
    const lost = late.receipt(0);
    const stranger = promisedFrame(election, 0, [ballotOf(6, 6)], 3, testKey(9)).receipt(0);
    const slip = `${receipts[0].slice(0, 30)}A${receipts[0].slice(31)}`;
    const forged = receiptsCommand(election, [receipts[0], "", stranger, slip, lost]);
    expect(forged).toMatchObject({ status: 3, broken: [{ line: 3 }, { line: 4 }] });
    expect(verify("--receipts", join(root, "receipts.txt"), directory)).toMatchObject({
      code: 3,
      agrees: true,
      receipts: {
        fates: [{ outcome: "counted" }, { line: 5, outcome: "missing" }],
        broken: [{ line: 3 }, { line: 4 }],
      },
    });
    // The log goes on behind the ledger's end, as if the last segment had been taken away.
    const { data, path } = copyOf(directory);
    data.setFrame(0, 2, late.bytes);
    data.writeManifest();
    expect(verify("--receipts", join(root, "receipts.txt"), path)).toMatchObject({
      code: 3,
      findings: [{ partition: 0, position: 2 }],
      receipts: { fates: [{ outcome: "counted" }, { outcome: "pending", position: 2 }] },
    });
  });

  it("finds a published log that has not exactly the export's decisions", async () => {
    const dataDir = honest().certified;
    const evidence = await openEvidence({ engine: "embedded", dataDir });
    const keys = openKeyDirectory(join(dataDir, "keys"));
    const log = join(root, "log");
    const published = await publishLog({ ...evidence, keys, election: "demo", directory: log });
    await evidence.close();
    const { size, root: head, origin } = published;
    expect(verify("--log", log, certified)).toMatchObject({ code: 0, log: { size, root: head } });
    const text = (leaves: number) =>
      encodeCheckpoint({ origin, size: leaves, root: Buffer.from(head, "hex") });
    const fewer = await signNote(text(size - 1), origin, await keys.signingKey("admin"));
    const another = await signNote(text(size), origin, drawSigningKey());
    const flipped = (content: Buffer, at: number) => content.fill(content[at] ^ 1, at, at + 1);
    const changes: [file: string, change: (content: Buffer) => string | Buffer, what: string][] = [
      [
        `tile/entries/000.p/${size}`,
        (content) => flipped(content, 49),
        "number 1 of level entries",
      ],
      [`tile/0/000.p/${size}`, (content) => flipped(content, 64), "number 2 of level 0"],
      [`tile/0/000.p/${size}`, (content) => content.subarray(1), "number 0 of level 0"],
      ["checkpoint", () => fewer, `it is of ${size - 1} leaves`],
      ["checkpoint", () => another, "note has no verifiable signatures"],
    ];
    for (const [file, change, what] of changes) {
      const copy = join(root, `log-${++copies}`);
      cpSync(log, copy, { recursive: true });
      writeFileSync(join(copy, file), change(readFileSync(join(copy, file))));
      const { code, findings } = verify("--log", copy, certified);
      expect(code, file).toBe(3);
      expect(findings).toEqual([{ file, detail: expect.stringContaining(what) }]);
    }
    expect(verify("--log", root, certified)).toMatchObject({ findings: [{ file: "checkpoint" }] });
  });

  it(
    "has tests of its own, and is written as Go is",
    () => {
      expect(
        spawnSync("gofmt", ["-l", "."], { cwd: verifierSources, encoding: "utf8" }).stdout,
      ).toBe("");
      const { status, stdout, stderr } = go("test", "-vet=all", "./...");
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    },
    buildsWithinMs,
  );
});

/** @returns what `vote-verify receipts --json` prints, with its exit code */
function receiptsCommand({ id, instance, signers }: Election, receipts: readonly string[]) {
  const [keys, file] = [join(root, "vote-keys.json"), join(root, "receipts.txt")];
  writeFileSync(keys, JSON.stringify({ elections: [{ id, instance, keys: signers }] }));
  writeFileSync(file, receipts.join("\n"));
  const run = spawnSync(program, ["receipts", "--json", "--keys", keys, file], {
    encoding: "utf8",
  });
  expect(run.stderr).toBe("");
  return { ...JSON.parse(run.stdout), status: run.status } as {
    readonly status: number;
    readonly broken: readonly object[];
  };
}
