import { existsSync } from "node:fs";
import { VoteError } from "../runtime/core/errors.js";
import { resolveDataDir } from "../runtime/orchestrate/config.js";
import type { Engine } from "../runtime/wiring.js";

interface EngineFlags {
  readonly "data-dir"?: string;
}

/**
 * Opens the data directory that the flags name, runs `work` and closes it again. The engine is
 * imported only here: `--help` and bad usage answer without loading the store.
 */
export async function withEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  return whileOpen(await resolveDataDir(flags["data-dir"]), work);
}

/**
 * The same for commands that look at or change what is there: they never create a directory.
 *
 * @throws VoteError `data-directory-unusable` if there is none
 */
export async function withExistingEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const dataDir = await resolveDataDir(flags["data-dir"]);
  if (existsSync(dataDir)) return whileOpen(dataDir, work);
  throw new VoteError("data-directory-unusable", `There is no data directory ${dataDir}.`, {
    hint: "Start `vote dev`, make one with `vote election create`, or name one with --data-dir.",
  });
}

async function whileOpen<T>(dataDir: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { openEngine } = await import("../runtime/wiring.js");
  const engine = await openEngine({ engine: "embedded", dataDir });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
