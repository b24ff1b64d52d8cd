import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  chooseEngine,
  type EngineChoice,
  type EngineFlags,
  engineOptions,
} from "../runtime/config/engine-choice.js";
import { VoteError } from "../runtime/core/errors.js";
import type { KeyDirectory } from "../runtime/keys/key-directory.js";
import type { Engine } from "../runtime/wiring/engine.js";
import type { Evidence } from "../runtime/wiring/evidence.js";

/** Engine options of a long-running process. */
export interface DaemonEngineOptions {
  /** Hears of background failures, which are retried. */
  readonly notice?: (topic: string, error: unknown) => void;
  /** Connects to the log at its first use, so that the engine opens while brokers are down. */
  readonly logWhenNeeded?: boolean;
}

/**
 * Opens the engine that the flags name, runs `work`, and closes it. The engine is imported only
 * here, so that `--help` and bad usage answer without loading a store.
 */
export async function withEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
  extra?: DaemonEngineOptions,
): Promise<T> {
  return whileOpen(await chooseEngine(flags), work, extra);
}

/**
 * Does the same for commands on existing data: it never creates a directory.
 *
 * @throws VoteError `data-directory-unusable` if there is none
 */
export async function withExistingEngine<T>(
  flags: EngineFlags,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  return whileOpen(await existingChoice(flags), work);
}

/**
 * Opens what an auditor reads of existing data, runs `work`, and closes it: without any right to
 * write. The key directory is read only if `work` asks for a key.
 *
 * @throws VoteError `data-directory-unusable` if there is none
 */
export async function withEvidence<T>(
  flags: EngineFlags,
  work: (evidence: Evidence, keys: KeyDirectory) => Promise<T>,
): Promise<T> {
  const options = await engineOptions(await existingChoice(flags));
  const { openEvidence } = await import("../runtime/wiring/evidence.js");
  const { openKeyDirectory } = await import("../runtime/keys/key-directory.js");
  const evidence = await openEvidence(options);
  const keysDir = options.engine === "cluster" ? options.keysDir : join(options.dataDir, "keys");
  try {
    return await work(evidence, openKeyDirectory(keysDir));
  } finally {
    await evidence.close();
  }
}

async function existingChoice(flags: EngineFlags): Promise<EngineChoice> {
  const choice = await chooseEngine(flags);
  if (choice.engine === "cluster") return choice;
  if (existsSync(choice.dataDir)) {
    // Nothing is made in a directory that is somebody else's.
    const { existingDataDirectory } = await import("../runtime/wiring/data-directory.js");
    await existingDataDirectory(choice.dataDir);
    return choice;
  }
  throw new VoteError("data-directory-unusable", `There is no data directory ${choice.dataDir}.`, {
    hint: "Start `vote dev`, make one with `vote election create`, or name one with --data-dir.",
  });
}

async function whileOpen<T>(
  choice: EngineChoice,
  work: (engine: Engine) => Promise<T>,
  extra: DaemonEngineOptions = {},
): Promise<T> {
  const options = await engineOptions(choice);
  const { openEngine } = await import("../runtime/wiring/engine.js");
  const engine = await openEngine({ ...options, ...extra });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
