import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Room } from "./rooms.js";
import type { Mutant } from "./task.js";

const version = "9.6.1";
const parts = ["src", "test", "package.json", "tsconfig.json", "bin", "docs", "scenarios", "dist"];

interface Instrumenter {
  instrument(
    files: readonly { name: string; mutate: true; content: string }[],
    options: object,
  ): Promise<{ files: { name: string; content: string }[]; mutants: Mutant[] }>;
}

/** Installs Stryker's instrumenter once, outside the project, without install scripts. */
async function stryker(): Promise<Instrumenter> {
  const home = join(tmpdir(), `vote-stryker-${version}`);
  const source = join(home, "node_modules/@stryker-mutator/instrumenter/dist/src");
  if (!fs.existsSync(source)) {
    const name = `@stryker-mutator/instrumenter@${version}`;
    const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    fs.mkdirSync(home, { recursive: true });
    execFileSync("npm", ["install", "--prefix", home, ...flags, name], { stdio: "inherit" });
  }
  const load = (path: string) => import(pathToFileURL(join(source, path)).href);
  const [{ Instrumenter }, { createParser }, { print }, { transform }] = await Promise.all(
    ["index.js", "parsers/index.js", "printers/index.js", "transformers/index.js"].map(load),
  );
  const quiet = { debug() {}, info() {}, warn() {}, isDebugEnabled: () => false };
  return new Instrumenter(quiet, createParser, print, transform);
}

/** Reaching a mutant is noted once a test, and only while none is active: loops stay quick. */
const noted = (source: string) =>
  source
    .replaceAll(
      "var c = cov.static;",
      "if (ns.activeMutant !== undefined) return;\nvar c = cov.static;",
    )
    .replaceAll("var a = arguments;", "var a = arguments;\nif (c[a[0]]) return;");

/** All runs of a property would take hours with hundreds of mutants: a seventh, at least 20. */
const fewerRuns = (test: string) =>
  test.replace(/numRuns: (\d+)/g, (_, runs: string) => {
    return `numRuns: ${Number(runs) > 20 ? Math.max(20, Math.ceil(Number(runs) / 7)) : runs}`;
  });

/** Draws by what a mutant changes, not by its line: an edit elsewhere draws the same ones. */
function rank({ fileName, mutatorName, replacement, location: { start, end } }: Mutant): string {
  const place = [start.column, end.column, end.line - start.line];
  const words = ["1", [fileName, mutatorName, replacement, ...place].join("|")];
  return createHash("sha256").update(words.join("|")).digest("hex");
}

/** A copy of the project whose sources of this room hold all mutants, switched off. */
export async function instrumentedCopy(root: string, copy: string, room: Room): Promise<Mutant[]> {
  fs.mkdirSync(copy, { recursive: true });
  for (const part of parts) fs.cpSync(join(root, part), join(copy, part), { recursive: true });
  fs.symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const name of fs.readdirSync(join(copy, "test"), { recursive: true, encoding: "utf8" })) {
    const path = join(copy, "test", name);
    if (name.endsWith(".ts")) fs.writeFileSync(path, fewerRuns(fs.readFileSync(path, "utf8")));
  }
  const sources = room.sources.flatMap((folder) =>
    fs
      .readdirSync(join(root, folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => `${folder}/${name}`),
  );
  const files = sources.map((name) => {
    return { name, mutate: true as const, content: fs.readFileSync(join(root, name), "utf8") };
  });
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const { files: changed, mutants } = await (await stryker()).instrument(files, options);
  for (const { name, content } of changed) fs.writeFileSync(join(copy, name), noted(content));
  const ranked = mutants.map((mutant) => ({ mutant, at: rank(mutant) }));
  ranked.sort((a, b) => (a.at < b.at ? -1 : 1));
  return ranked.slice(0, room.mutants).map(({ mutant }) => mutant);
}
