import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parse } from "yaml";
import { VoteError } from "../core/errors.js";
import { parseScenario, type Scenario } from "./scenario.js";

/**
 * Reads a scenario from a YAML (or JSON) file.
 *
 * @throws VoteError `invalid-scenario` with file, field and what is allowed there
 */
export async function readScenario(path: string): Promise<Scenario> {
  const file = basename(path);
  return parseScenario(parseYaml(await readText(path), file), file);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VoteError("invalid-scenario", `The scenario cannot be read: ${reason}.`, {
      hint: "Those that come with vote are in the folder scenarios.",
      cause,
    });
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0];
    throw new VoteError("invalid-scenario", `${file} is not YAML: ${reason}`, { cause });
  }
}
