import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTree } from "../helpers/architecture/source-tree.js";
import { offenceOf } from "../helpers/command-lines.js";
import { blocksOf, codeSpansOf } from "../helpers/markdown.js";

const root = join(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};
const pages = readTree(root).filter(({ path }) => path.endsWith(".md"));

/** Begins like a command, and is the text from which formats.md derives a key. */
const notCommand = "vote voter key v2";

/** Every `vote` command line of a page, as its words. */
function commandLinesOf(markdown: string): string[] {
  const lines = blocksOf(markdown)
    .flatMap(({ lines }) => lines.join("\n").replaceAll("\\\n", " ").split("\n"))
    .map((line) => line.replace(/^\$ /, "").replace(/ {2,}[^-\s].*$| #.*$/, ""));
  return [...lines, ...codeSpansOf(markdown)]
    .map((line) =>
      line.replace(/^npm run vote -- /, "vote ").replace(/^npm run demo --/, "vote demo"),
    )
    .flatMap((line) => line.split(/ && | \| | > | & ?$|; /))
    .filter((line) => /^(npx )?vote( |$)/.test(line) && line !== notCommand);
}

describe("the commands that the documentation names", () => {
  it.each(pages)("$path: every `vote` command and flag exists", ({ text }) => {
    const offences = commandLinesOf(text).flatMap((line) => {
      const offence = offenceOf(line);
      return offence === undefined ? [] : [`${line}: ${offence}`];
    });
    expect(offences).toEqual([]);
  });

  it.each(pages)("$path: every npm script exists", ({ text }) => {
    const named = [...text.matchAll(/\bnpm run ([a-z:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it("finds what does not exist, wherever it stands", () => {
    const page = [
      "`vote nonsense` `vote election open|shut ID` `vote load --via smoke` `vote dev --headless`",
      "```sh\nvote recount --no-certify   # fine\nvote serve \\\n  --bort 4000\n```",
      "    npx vote dev      runs every role",
    ].join("\n");
    expect(commandLinesOf(page).map(offenceOf)).toEqual([
      undefined,
      "no flag --bort",
      "npx may fetch another program called vote",
      "no command nonsense",
      "no command election shut",
      "--via takes no smoke",
      "no flag --headless",
    ]);
  });
});
