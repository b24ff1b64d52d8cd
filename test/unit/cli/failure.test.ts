import { Args, Flags, Parser } from "@oclif/core";
import { describe, expect, it } from "vitest";
import { explain } from "../../../src/cli/failure.js";
import { wholeFlag } from "../../../src/cli/flags/numbers.js";

const subjects = ["voter", "gateway"];
const flags = {
  port: wholeFlag({ min: 0, max: 65_535 }),
  via: Flags.option({ options: ["log", "http"] as const })(),
  voter: Flags.string({ exactlyOne: subjects }),
  gateway: Flags.string({ exactlyOne: subjects }),
  title: Flags.string({ required: true }),
  candidate: Flags.string({ multiple: true }),
};
const args = { id: Args.string({ required: true, description: "Election id" }) };

async function said(...argv: string[]): Promise<string> {
  const error: unknown = await Parser.parse(argv, { flags, args }).catch((cause: unknown) => cause);
  const context = { command: "vote election create", flags: Object.keys(flags) };
  const { detail, exitCode } = explain(error, context);
  expect(exitCode).toBe(2);
  return detail;
}

const rest = ["x", "--title", "T", "--voter", "v"];

describe("bad usage is said in our own words", () => {
  it.each([
    [[...rest, "--port", "x"], '--port is "x": it takes a whole number from 0 to 65,535.'],
    [[...rest, "--via", "mail"], '--via is "mail": it takes one of log, http.'],
    [[...rest, "--titel"], "There is no flag --titel."],
    [[...rest, "--port"], "--port needs a value."],
    [[...rest, "y"], "Too many arguments: y."],
    [["x", "--title", "T"], "Give exactly one of --gateway, --voter."],
    [["x", "--voter", "v"], "--title is missing."],
    [[...rest, "--gateway", "g"], "--gateway and --voter exclude each other."],
    [
      ["--title", "T", "--voter", "v"],
      "Missing:\nid  Election id\nArguments come before --candidate.",
    ],
  ])("%j", async (argv, detail) => {
    expect(await said(...argv)).toBe(detail);
  });
});
