import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
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
  const source = parseYaml(await readText(path), file);
  return parseScenario(source, file, (beside) => readTrace(resolve(dirname(path), beside), file));
}

function readTrace(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VoteError("invalid-scenario", `${file}: the trace cannot be read: ${reason}.`, {
      hint: "Its path counts from the scenario's folder on.",
      cause,
    });
  }
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
