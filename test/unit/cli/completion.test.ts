import { execFileSync } from "node:child_process";
import path from "node:path";
import { Config } from "@oclif/core";
import { beforeAll, describe, expect, it } from "vitest";
import { completionScript, shells } from "../../../src/cli/completion/scripts.js";

const root = path.resolve(import.meta.dirname, "../../..");
let config: Config;
beforeAll(async () => {
  config = await Config.load({ root });
});

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const all = ["vote", ...words];
  const typed = all.map((word) => `'${word}'`).join(" ");
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${all.length - 1}; _vote; echo "\${COMPREPLY[@]}"`;
  const script = `${completionScript("bash", config)}\n${ask}`;
  const said = execFileSync("bash", ["--norc", "-c", script], { encoding: "utf8", cwd: root });
  return said
    .trim()
    .split(" ")
    .filter((word) => word !== "");
}

describe("completion", () => {
  it("offers commands, their commands, their flags and what a flag takes", () => {
    expect(offered("e")).toEqual(["election"]);
    expect(offered("election", "")).toEqual(expect.arrayContaining(["create", "trail", "void"]));
    expect(offered("load", "")).toEqual(expect.arrayContaining(["agent", "compare", "--via"]));
    expect(offered("load", "--via", "")).toEqual(["log", "http", "http-batch"]);
    expect(offered("load", "--rps", "5k", "--abort")).toEqual(["--abort-on-fail"]);
    expect(offered("load", "--rps", "")).toEqual([]);
    expect(offered("demo", "--config", "packa")).toEqual(["package-lock.json", "package.json"]);
  });

  it("is written for every shell, without what is hidden", () => {
    for (const shell of shells) {
      const script = completionScript(shell, config);
      expect(script).toContain("election");
      expect(script).toContain("abort-on-fail");
      expect(script).not.toContain("links-file");
    }
  });
});
