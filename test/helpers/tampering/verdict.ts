import { mkdtempSync, rmSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { recountText } from "../../../src/cli/text/recount-text.js";
import { VoteError } from "../../../src/runtime/core/errors.js";
import type { SigningKey } from "../../../src/runtime/keys/signing.js";
import { certify } from "../../../src/runtime/recount/certificate/certify.js";
import { recountElection } from "../../../src/runtime/recount/recount.js";
import { recountWhenSealed } from "../../../src/runtime/recount/recount-when-sealed.js";
import { ResultReader } from "../../../src/runtime/serve/results/result-reader.js";
import { openEngine } from "../../../src/runtime/wiring/engine.js";
import { type Evidence, openEvidence } from "../../../src/runtime/wiring/evidence.js";
import { openTestEngine } from "../data/election.js";
import { sealedElection } from "../data/sealed-election.js";
import type { Tampering } from "./tampered.js";
import { TamperedDirectory } from "./tampered-directory.js";

/** Data directories with the same election, and the key of the host that certified it. */
export interface HonestElections {
  readonly sealed: string;
  readonly certified: string;
  readonly hostKey: SigningKey;
}

const startWithinMs = 60_000;

/**
 * Makes them before a file's tests.
 *
 * @returns a function, as there is nothing before the tests run
 */
export function honestElections(): () => HonestElections {
  const root = mkdtempSync(join(tmpdir(), "vote-tampering-"));
  const [sealed, certified] = [join(root, "sealed"), join(root, "certified")];
  let hostKey: SigningKey | undefined;
  beforeAll(async () => {
    const engine = await openEngine({ engine: "embedded", dataDir: sealed });
    await sealedElection(engine);
    hostKey = await engine.keys.signingKey("admin");
    await engine.close();
    await cp(sealed, certified, { recursive: true });
    const other = await openEngine({ engine: "embedded", dataDir: certified });
    const report = await recountElection({ election: "demo", ...other, from: "log" });
    await certify({ ...other, report, now: Date.now(), by: "ada" });
    await other.close();
  }, startWithinMs);
  afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return () => {
    if (hostKey === undefined) throw new Error("they are made before the tests run");
    return { sealed, certified, hostKey };
  };
}

/** What the default recount ends with: its text, or its error's, and its exit code. */
export interface Verdict {
  readonly exitCode: number;
  readonly text: string;
}

/** Recounts as the command does, and closes the evidence. */
export async function verdictOn(evidence: Evidence, election = "demo"): Promise<Verdict> {
  try {
    const report = await recountWhenSealed({ ...evidence, election, from: "log", waitMs: 0 });
    return { exitCode: report.agrees ? 0 : 3, text: recountText(report, 0) };
  } catch (error) {
    if (!(error instanceof VoteError)) throw error;
    return { exitCode: error.exitCode, text: `${error.message} ${error.hint ?? ""}` };
  } finally {
    await evidence.close();
  }
}

/** It names the place. */
export function expectDamage({ exitCode, text }: Verdict, place: RegExp): void {
  expect(text).toMatch(place);
  expect(exitCode).toBe(3);
  expect(text).not.toContain("undefined");
}

/** Damages a copy of `base`, and recounts it. */
export async function verdictOf(base: string, tamper: Tampering, election = "demo") {
  const data = await TamperedDirectory.copyOf(base);
  await tamper(data);
  await data.close();
  const { dataDir } = data;
  const evidence = await openEvidence({ engine: "embedded", dataDir });
  return { ...(await verdictOn(evidence, election)), dataDir };
}

/** Damages a copy of `base`, and expects that the recount names the place. @returns the copy */
export async function damaged(
  base: string,
  tamper: Tampering,
  place: RegExp,
  election?: string,
): Promise<string> {
  const verdict = await verdictOf(base, tamper, election);
  expectDamage(verdict, place);
  return verdict.dataDir;
}

/** What serve answers for the official result. */
export async function servedFrom(dataDir: string) {
  const engine = await openTestEngine(dataDir);
  return new ResultReader("demo", { ...engine, now: Date.now }).read();
}
