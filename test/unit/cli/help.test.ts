import path from "node:path";
import { type Command, Config } from "@oclif/core";
import { beforeAll, describe, expect, it } from "vitest";
import { VoteHelp } from "../../../src/cli/help/help.js";

const root = path.resolve(import.meta.dirname, "../../..");

class Shown extends VoteHelp {
  textOf(command: Command.Loadable): string {
    return this.formatCommand(command);
  }
}

let config: Config;
beforeAll(async () => {
  config = await Config.load({ root });
});
const texts = () => {
  const help = new Shown(config, { maxWidth: 80, stripAnsi: true });
  return config.commands
    .filter(({ hidden }) => hidden !== true)
    .map((command) => [command.id.replaceAll(":", " "), help.textOf({ ...command })] as const);
};

describe("the help of each command", () => {
  it("is no library's text, names every value and states no empty default", () => {
    const leaks = texts().flatMap(([id, text]) => {
      const found = /<value>|<option>|Format output|Display help|\[default: \]|\(\[default/.exec(
        text,
      );
      return found === null ? [] : [`${id}: ${found[0]}`];
    });
    expect(texts().length).toBeGreaterThan(35);
    expect(leaks).toEqual([]);
  });

  it("fits 80 columns but for what is copied", () => {
    const wide = texts().flatMap(([id, text]) => {
      const before = text.slice(0, text.indexOf("\nEXAMPLES") >>> 0).split("\n");
      return before.filter((line) => line.length > 80).map((line) => `${id}: ${line}`);
    });
    expect(wide).toEqual([]);
  });

  it("names the flags of all commands in one line", () => {
    const dev = new Map(texts()).get("dev") ?? "";
    expect(dev).toContain(
      "COMMON FLAGS\n  --config --data-dir --engine --json --log-level; see --help alone",
    );
    expect(dev).toMatch(/--port <number> +Port of ingest;[^[]*\[default: 4000\]/);
    expect(dev).not.toContain("--data-dir <dir>  ");
  });
});
