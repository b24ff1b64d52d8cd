import { existsSync } from "node:fs";
import {
  chooseEngine,
  type EngineChoice,
  type EngineFlags,
  engineOptions,
} from "../runtime/config/engine-choice.js";
import { VoteError } from "../runtime/core/errors.js";
import type { Engine } from "../runtime/wiring.js";

/** What a long-running process wants of its engine. */
export interface EngineWishes {
  /** Told what goes wrong in the background and is tried again. */
  readonly notice?: (topic: string, error: unknown) => void;
  /** The log's brokers may be away when the engine is opened. */
  readonly logWhenNeeded?: boolean;
}

/**
 * Opens the engine that the flags name, runs `work` and closes it again. The engine is imported
 * only here: `--help` and bad usage answer without loading the store.
 */
export async function withEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
  wishes?: EngineWishes,
): Promise<T> {
  return whileOpen(await chooseEngine(flags), work, wishes);
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
  wishes: EngineWishes = {},
): Promise<T> {
  const options = await engineOptions(choice);
  const { openEngine } = await import("../runtime/wiring.js");
  const engine = await openEngine({ ...options, ...wishes });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
