import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { VoteError } from "../core/errors.js";
import type { Configuration } from "./parse-config.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration files that apply, nearest first. A secret is read from where its field says.
 *
 * @param given named by the user, so it has to be there; default: `./vote.yaml`, then
 *   `$XDG_CONFIG_HOME/vote/vote.yaml`, by default below `~/.config`
 * @throws VoteError `invalid-configuration` with file, field and what is allowed there
 */
export async function readConfigFiles(
  given: string | undefined,
  env: Environment,
): Promise<Configuration[]> {
  if (given !== undefined) return [await readConfigFile(given, env, true)];
  const userFolder = join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "vote");
  return Promise.all([
    readConfigFile("vote.yaml", env, false),
    readConfigFile(join(userFolder, "vote.yaml"), env, false),
  ]);
}

async function readConfigFile(
  path: string,
  env: Environment,
  required: boolean,
): Promise<Configuration> {
  const text = await readText(path, required);
  if (text === undefined) return {};
  // Only now: most commands find no file to read.
  const { parseConfig } = await import("./parse-config.js");
  return parseConfig(text, basename(path), { folder: dirname(resolve(path)), env });
}

async function readText(path: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && !required) return undefined;
    throw new VoteError("invalid-configuration", `The configuration cannot be read: ${message}.`, {
      hint: "docs/how-to/cluster.md shows what it may hold.",
      cause,
    });
  }
}
