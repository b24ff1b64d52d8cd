import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { builtFrom, copyBuild, plant } from "./build.js";
import { readDefects } from "./defects.js";
import { findDefect } from "./search.js";

const root = resolve(import.meta.dirname, "../..");
const defects = readDefects();
/** Found with one of the first seeds. */
const shown = "ingest/acknowledges-before-flush";

/** A directory for copies of the build, gone after the test. */
function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "vote-planted-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe("planted defects", { timeout: 300_000 }, () => {
  it("are 25 or more, and each breaks a promise of docs/promises.md", () => {
    expect(defects.length).toBeGreaterThanOrEqual(25);
    const promises = readFileSync(join(root, "docs/promises.md"), "utf8");
    for (const { name, promise } of defects) {
      expect(promises, `${name} breaks what is promised nowhere`).toContain(`| ${promise} `);
    }
  });

  it("still apply, and change what is built", () => {
    const directory = newDirectory();
    const [healthy, planted] = [join(directory, "healthy"), join(directory, "planted")];
    copyBuild(healthy);
    copyBuild(planted);
    for (const defect of defects) {
      for (const file of plant(defect, planted)) {
        const output = builtFrom(file);
        const [was, is] = [healthy, planted].map((one) =>
          readFileSync(join(one, output), "utf8")
            .replace(/\n\/\/# sourceMappingURL.*/, "")
            .trimEnd(),
        );
        expect(is, `${defect.name} changes nothing in ${file}`).not.toBe(was);
        for (const one of [file, output]) cpSync(join(healthy, one), join(planted, one));
      }
    }
  });

  it(`are found by simulation, as ${shown} is here`, async () => {
    const defect = defects.find(({ name }) => name === shown);
    if (defect === undefined) throw new Error(`${shown} is not planted`);
    const directory = newDirectory();
    const [healthy, planted] = [join(directory, "healthy"), join(directory, "planted")];
    copyBuild(healthy);
    copyBuild(planted);
    plant(defect, planted);
    const search = { from: 1, seeds: 50, withinMs: 280_000 };
    const found = await findDefect(planted, healthy, search);
    expect(found.broken).toContain(defect.promise);
  });
});
