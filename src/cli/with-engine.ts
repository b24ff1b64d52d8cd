import { existsSync } from "node:fs";
import { VoteError } from "../runtime/core/errors.js";
import {
  chooseEngine,
  type EngineChoice,
  type EngineFlags,
  engineOptions,
} from "../runtime/orchestrate/engine-choice.js";
import type { Engine } from "../runtime/wiring.js";

type Notice = (topic: string, error: unknown) => void;

/**
 * Opens the engine that the flags name, runs `work` and closes it again. The engine is imported
 * only here: `--help` and bad usage answer without loading the store.
 *
 * @param notice told what goes wrong in the background and is tried again
 */
export async function withEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
  notice?: Notice,
): Promise<T> {
  return whileOpen(await chooseEngine(flags), work, notice);
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
  const choice = await chooseEngine(flags);
  if (choice.engine === "cluster" || existsSync(choice.dataDir)) return whileOpen(choice, work);
  throw new VoteError("data-directory-unusable", `There is no data directory ${choice.dataDir}.`, {
    hint: "Start `vote dev`, make one with `vote election create`, or name one with --data-dir.",
  });
}

async function whileOpen<T>(
  choice: EngineChoice,
  work: (engine: Engine) => Promise<T>,
  notice?: Notice,
): Promise<T> {
  const options = await engineOptions(choice);
  const { openEngine } = await import("../runtime/wiring.js");
  const engine = await openEngine({ ...options, ...(notice && { notice }) });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
