import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { readTree, type SourceFile } from "../helpers/architecture/source-tree.js";
import { anchorsOf, linksOf } from "../helpers/markdown.js";

const root = join(import.meta.dirname, "../..");
const tree = readTree(root);
const pages = tree.filter(({ path }) => path.endsWith(".md"));

/** Links to a file that is not there, or to a heading that it does not have. */
function deadLinks({ path, text }: SourceFile): string[] {
  return linksOf(text).filter((link) => {
    const [file, anchor] = link.split("#");
    const target = join(root, dirname(path), file);
    if (file !== "" && !existsSync(target)) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(file === "" ? text : readFileSync(target, "utf8")).includes(anchor);
  });
}

/** Files below docs/ that a text names by their path from the root, and that are not there. */
function deadMentions({ text }: SourceFile): string[] {
  const mentions = [...text.matchAll(/\bdocs\/[\w./-]*\w\.(?:md|json)\b/g)];
  return mentions.map(([path]) => path).filter((path) => !existsSync(join(root, path)));
}

describe("the documentation's links", () => {
  it.each(pages)("$path: every link leads somewhere", (page) => {
    expect(deadLinks(page)).toEqual([]);
  });

  it("every file below docs/ that a source, test or page names is there", () => {
    const own = relative(root, import.meta.filename);
    const planted = "test/architecture.test.ts";
    const offences = tree
      .filter(({ path }) => path !== own && path !== planted)
      .flatMap((file) => deadMentions(file).map((path) => `${file.path}: ${path}`));
    expect(offences).toEqual([]);
  });

  it("the index lists every page", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");
    const listed = linksOf(index).map((link) => join("docs", link));
    const all = pages.map(({ path }) => path).filter((path) => /^docs\/[a-z-]+\/[^/]+$/.test(path));
    const wanted = all.filter((path) => !path.startsWith("docs/decisions/0"));
    expect(wanted.filter((path) => !listed.includes(path))).toEqual([]);
  });

  it("the decisions' index lists every record once, in order", () => {
    const index = readFileSync(join(root, "docs/decisions/README.md"), "utf8");
    const records = pages.map(({ path }) => path.replace("docs/decisions/", ""));
    expect(linksOf(index)).toEqual(records.filter((path) => /^\d{4}-/.test(path)));
  });

  it("finds a missing file, a missing heading and a missing mention", () => {
    const text =
      "# A heading\n[a](#a-heading) [b](#another) [c](gone.md) [d](../README.md#no) `docs/gone.md`";
    const page = { path: "docs/a.md", text };
    expect(deadLinks(page)).toEqual(["#another", "gone.md", "../README.md#no"]);
    expect(deadMentions(page)).toEqual(["docs/gone.md"]);
  });
});
