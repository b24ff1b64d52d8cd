import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const jar = process.env.VOTE_TLC;
const folder = "docs/model";

/** Each defect that a specification can have, and the property that it breaks. */
const defects = {
  Tally: {
    "start-at-confirmed": "Contiguous",
    "dedup-forgotten": "LedgerIsFoldOfLog",
    "no-condition": "Contiguous",
    "insert-again": "Contiguous",
  },
  Close: {
    "stale-record-believed": "NobodyAcknowledgedIsClosedOut",
    "acknowledged-whenever-durable": "NobodyAcknowledgedIsClosedOut",
    "unseen-records-forgotten": "NobodyAcknowledgedIsClosedOut",
    "clock-error-forgotten": "NobodyAcknowledgedIsClosedOut",
    "drain-forgotten": "AnExtensionWins",
    "extension-overridden": "AnExtensionWins",
  },
} as const;

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "vote-model-"));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

/** Checks a specification. @returns what TLC says */
async function check(name: string, defect: string): Promise<string> {
  const settings = await readFile(join(folder, `${name}.cfg`), "utf8");
  const config = join(scratch, `${name}.cfg`);
  await writeFile(config, settings.replace('Defect = "none"', `Defect = "${defect}"`));
  const options = ["-workers", "auto", "-noGenerateSpecTE", "-metadir", scratch];
  const command = ["-jar", resolve(jar ?? ""), ...options, "-config", config, `${name}.tla`];
  const child = promisify(execFile)("java", command, { cwd: folder, maxBuffer: 2 ** 26 });
  // TLC ends with an error code where it finds one.
  return child.then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? String(error),
  );
}

describe.runIf(jar !== undefined).each(Object.entries(defects))("%s.tla", (name, planted) => {
  it("keeps its promises", { timeout: 900_000 }, async () => {
    expect(await check(name, "none")).toContain("No error has been found");
  });

  it.each(Object.entries(planted))("with %s breaks %s", { timeout: 900_000 }, async (...pair) => {
    const [defect, property] = pair;
    expect(await check(name, defect)).toContain(`Invariant ${property} is violated`);
  });
});

it("names every defect of the specifications, in its table too", async () => {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  for (const [name, planted] of Object.entries(defects)) {
    const text = await readFile(join(folder, `${name}.tla`), "utf8");
    const named = [...text.matchAll(/Defect = "([a-z-]+)"/g)].map(([, defect]) => defect);
    expect(new Set(named)).toEqual(new Set(Object.keys(planted)));
    for (const defect of named) expect(readme).toContain(`\`${defect}\``);
  }
});
