import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean } from "../../contracts/schema/closest.js";
import { parseYaml } from "../../contracts/schema/parse-yaml.js";
import { messageOf, VoteError } from "../../core/errors.js";
import { parseScenario, type Scenario } from "./scenario.js";

// The same from src/ and dist/: both lie three levels below the package.
const folder = fileURLToPath(new URL("../../../../scenarios", import.meta.url));

/**
 * Reads a scenario from a YAML (or JSON) file.
 *
 * @param nameOrPath a path, or the name of one that comes with vote: `smoke`
 * @throws VoteError `invalid-scenario` with file, field and what is allowed there
 */
export async function readScenario(nameOrPath: string): Promise<Scenario> {
  // A name holds neither a slash nor an extension's dot.
  const path = /[./\\]/.test(nameOrPath) ? nameOrPath : await shippedScenario(nameOrPath);
  const file = basename(path);
  const source = parseYaml(await readText(path), file, "invalid-scenario");
  return parseScenario(source, file, (beside) => readTrace(resolve(dirname(path), beside), file));
}

async function shippedScenario(name: string): Promise<string> {
  const names = await shippedScenarios();
  if (names.includes(name)) return join(folder, `${name}.yaml`);
  throw new VoteError("invalid-scenario", `No scenario is called ${name.slice(0, 80)}.`, {
    hint: `${didYouMean(name, names)}There are ${names.join(", ")}; a file is named with its path.`,
  });
}

/** The names of the scenarios that come with vote, in alphabetical order. */
async function shippedScenarios(): Promise<string[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml"));
  return files.map((file) => basename(file, ".yaml")).sort();
}

function readTrace(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = messageOf(cause);
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
    const reason = messageOf(cause);
    throw new VoteError("invalid-scenario", `The scenario cannot be read: ${reason}.`, {
      hint: "Those that come with vote are in the folder scenarios.",
      cause,
    });
  }
}
