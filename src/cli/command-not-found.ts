import type { Hook } from "@oclif/core";
import { closest } from "../runtime/contracts/schema/closest.js";
import { calledAs } from "./hints/called-as.js";
import { spoken } from "./hints/spoken.js";

/** The exit code by which shells say "command not found". */
const exitCode = 127;

/** oclif's hook for an unknown command: suggests the nearest one and exits with 127. */
export const commandNotFound: Hook.CommandNotFound = async ({ id, argv, config }) => {
  const words = (command: string) => command.replaceAll(":", " ");
  const detail = `${config.bin} has no command "${words(id)}".`;
  const visible = config.commands.filter(({ hidden }) => hidden !== true).map((one) => one.id);
  const near = closest(id, visible);
  const hint =
    near === undefined
      ? "See `vote --help`."
      : `Did you mean \`vote ${words(near)}\`? See \`vote --help\`.`;
  if (argv?.includes("--json") || process.argv.includes("--json")) {
    const error = { code: "invalid-usage", detail, hint };
    process.stdout.write(`${JSON.stringify({ error }, null, 2)}\n`);
  } else {
    const said = spoken(hint, { called: calledAs(), place: "" });
    process.stderr.write(`Error: ${detail}\nHint: ${said}\n`);
  }
  process.exit(exitCode);
};
