/**
 * `npx tsx test/planted/run.ts [NAME …] [--seeds N] [--from N] [--seconds N]` plants each defect
 * into a copy of the program, simulates elections until one breaks a promise, and prints a table.
 * Exits with 1 if a defect is not found. Without names, all defects; a name may be a beginning.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { copyBuild, plant } from "./build.js";
import { type Defect, readDefects } from "./defects.js";
import { findDefect } from "./search.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
    /** For each defect. */
    seconds: { type: "string", default: "900" },
  },
});
const search = {
  from: wholeNumber("from", values.from),
  seeds: wholeNumber("seeds", values.seeds),
  withinMs: wholeNumber("seconds", values.seconds) * 1_000,
};
const directory = mkdtempSync(join(tmpdir(), "vote-planted-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

const healthy = join(directory, "healthy");
execFileSync(process.execPath, [resolve(import.meta.dirname, "../../bin/ensure.js")]);
copyBuild(healthy);
print("| defect | what it is | found by | seed | seconds |\n| - | - | - | -: | -: |");
const chosen = choose(positionals);
let missed = 0;
for (const defect of chosen) if (!(await isFound(defect))) missed++;
print(`\n${chosen.length - missed} of ${chosen.length} found, from seed ${search.from} on.`);
process.exitCode = missed === 0 ? 0 : 1;

async function isFound(defect: Defect): Promise<boolean> {
  const planted = join(directory, "planted");
  copyBuild(planted, healthy);
  const startedAt = performance.now();
  try {
    plant(defect, planted);
    const { seed, broken = "", why } = await findDefect(planted, healthy, search);
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    const by = why === undefined ? broken.split(":")[0] : `NOT FOUND: ${why}`;
    print(`| ${defect.name} | ${defect.what} | ${by} | ${seed ?? "-"} | ${seconds} |`);
    return why === undefined;
  } finally {
    rmSync(planted, { recursive: true, force: true });
  }
}

function choose(names: readonly string[]): Defect[] {
  const defects = readDefects();
  for (const name of names) {
    if (!defects.some((defect) => defect.name.startsWith(name))) stop(`no defect ${name}`);
  }
  if (names.length === 0) return defects;
  return defects.filter((defect) => names.some((name) => defect.name.startsWith(name)));
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) stop(`--${name} is a whole number from 1, not ${text}`);
  return Number(text);
}

function stop(what: string): never {
  process.stderr.write(`planted: ${what}\n`);
  process.exit(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
